import { isUtf8 } from 'node:buffer';
import { type JsonValue, jsonDepth, parseJson } from '../json.ts';
import { isPossibleJobName } from './jobName.ts';

export type Decoded =
  | { readonly ok: true; readonly value: JsonValue }
  | { readonly ok: false; readonly reason: string };

/** Far deeper than any message has to be, far less deep than what would exhaust the stack. */
const DEEPEST = 100;

/**
 * Reads a queue message's body as its sender meant it: JSON, or the bare name of a job, either as it is or in
 * base64 (which the Functions host's default and most of its senders expect). In this order:
 *
 * 1. What parses as JSON is JSON, `123` and `true` included; a job of such a name needs `{ "job": "123" }`.
 *    Of keys that occur twice the last one counts, as everywhere in JavaScript.
 * 2. Base64 of JSON is that JSON.
 * 3. A text of four letters such as `load` is a job's name and valid base64 at once. It is taken for base64 only
 *    if it holds a possible job name and has capitals, which names seldom have and base64 nearly always has:
 *    `Y2xvc2UtZGF5` is `close-day`, and `a2tr` is itself although it would decode to `kkk`.
 * 4. Otherwise the text is the name.
 *
 * Digits are kept, as `parseJson` says. What cannot be read comes back with a reason for people.
 */
export function decodeBody(body: Uint8Array): Decoded {
  if (body.length === 0) return failed('The message is empty.');
  if (!isUtf8(body)) return failed(`The message is not UTF-8: ${firstFault(body)}.`);
  // The decoder drops a byte order mark.
  const text = new TextDecoder().decode(body).trim();
  if (text === '') return failed('The message is empty.');

  const json = fromJson(text);
  if (json.ok || looksLikeJson(text)) return json;
  const isName = isPossibleJobName(text);
  const inside = fromBase64(text);
  if (inside !== null) {
    const insideJson = fromJson(inside);
    if (insideJson.ok) return insideJson;
    const isBase64 = !isName || /[A-Z]/.test(text);
    if (isBase64 && isPossibleJobName(inside)) return { ok: true, value: inside };
    if (isBase64 && looksLikeJson(inside)) return failed(`In the message's base64: ${insideJson.reason}`);
  }
  return isName ? { ok: true, value: text } : failed(NEITHER);
}

const NEITHER = "The message is neither JSON, nor a job's name, nor base64 of either.";

function failed(reason: string) {
  return { ok: false, reason } as const;
}

/** Text that begins so was meant as JSON, and deserves to be told what is wrong with it. */
function looksLikeJson(text: string): boolean {
  return /^[{["]/.test(text);
}

function fromJson(text: string): Decoded {
  // Its parser recurses for each level, and a stack overflow would end the worker's whole invocation.
  if (looksLikeJson(text) && jsonDepth(text) > DEEPEST) {
    return failed(`The message nests arrays and objects more than ${DEEPEST} levels deep.`);
  }
  try {
    return { ok: true, value: parseJson(text) };
  } catch (error) {
    // JSON.parse throws nothing else for text.
    return failed(`The message is not valid JSON: ${(error as SyntaxError).message}.`);
  }
}

/** The text in it, or null when it is not base64 of UTF-8 text. Padding may lack, and lines be broken. */
function fromBase64(text: string): string | null {
  const digits = text.replace(/\s/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3}={0,2})?$/.test(digits)) return null;
  const bytes = Buffer.from(digits, 'base64');
  return isUtf8(bytes) ? new TextDecoder().decode(bytes).trim() : null;
}

/** Which byte makes it invalid: the first after the longest beginning that a decoder still takes. */
function firstFault(body: Uint8Array): string {
  if (/^(?:fffe|feff)/.test(Buffer.from(body.subarray(0, 2)).toString('hex'))) return 'it is UTF-16';
  const isGood = (length: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(body.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let good = 0;
  let bad = body.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isGood(middle)) good = middle;
    else bad = middle;
  }
  if (good === body.length) return 'it ends in the middle of a character';
  return `byte ${good + 1} of ${body.length} (0x${Buffer.from(body.subarray(good, good + 1)).toString('hex')})`;
}
