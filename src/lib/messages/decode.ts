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
 * 2. What can be a job's name is one, though many a name, such as `load`, is valid base64 too. Names have no
 *    capitals and base64 of JSON always does; only base64 of a very short name may have none, and is then
 *    taken for a name itself (`a2tr`, which is `kkk`).
 * 3. Otherwise it is base64 of one or the other: `Y2xvc2UtZGF5` is `close-day`.
 *
 * Digits are kept, as `parseJson` says. What cannot be read comes back with a reason for people.
 */
export function decodeBody(body: Uint8Array): Decoded {
  if (body.length === 0) return failed('The message is empty.');
  if (!isUtf8(body)) return failed(`The message is not UTF-8: ${firstFault(body)}.`);
  // The decoder drops a byte order mark.
  const text = new TextDecoder().decode(body).trim();
  if (text === '') return failed('The message is empty.');

  const plain = fromText(text);
  if (plain.ok || looksLikeJson(text)) return plain;
  const inside = fromBase64(text);
  if (inside === null) return plain;
  const decoded = fromText(inside);
  return decoded.ok ? decoded : failed(`In the message's base64: ${decoded.reason}`);
}

/** JSON, or else a job's name. */
function fromText(text: string): Decoded {
  const json = fromJson(text);
  if (json.ok || looksLikeJson(text)) return json;
  return isPossibleJobName(text) ? { ok: true, value: text } : failed(NEITHER);
}

const NEITHER =
  "The message is neither JSON, nor a job's name (lower-case letters, digits, - and _), nor base64 of either.";

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
