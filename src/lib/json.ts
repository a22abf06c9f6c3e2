/**
 * JSON without losing digits. `JSON.parse` rounds every number to a double, and PostgreSQL's bigint, numeric
 * and jsonb hold more than that.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | JsonText
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * A JSON value that stays the text it came as, because the JavaScript value would lose something: digits of
 * a number, or, of PostgreSQL's json, the order of keys and the keys that occur twice.
 */
export class JsonText {
  readonly text: string;

  /** @param text valid JSON; it is written out as it stands. */
  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (key: string, value: unknown, context: { source?: string }) => unknown;

/**
 * Integers beyond 2^53 become bigint, and other numbers that a double cannot hold (1.10000000000000000001,
 * 1e400) become a JsonText of their digits. Of keys that occur twice the last one counts, as in `JSON.parse`.
 *
 * @throws SyntaxError as `JSON.parse` does; RangeError for nesting that would not fit the stack: measure
 *   foreign text with `jsonDepth` first.
 */
export function parseJson(text: string): JsonValue {
  const keepDigits: Reviver = (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? exactNumber(value, source) : value;
  // TypeScript's library does not know the third argument yet (ES2026, Node 22). What comes out is JSON.
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as JsonValue;
}

function exactNumber(value: number, source: string): number | bigint | JsonText {
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
  return significand(String(value)) === significand(source) ? value : new JsonText(source);
}

/** One spelling for each decimal number: 1.50, 15e-1 and 1.5 are the same, and nothing is rounded. */
function significand(decimal: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(decimal);
  if (match === null) return decimal;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - kept.length)}`;
}

/** How deep arrays and objects nest in JSON text, without recursion; meaningless for text that is not JSON. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth--;
  }
  return deepest;
}

/**
 * JSON text of a value, with every digit of bigint and JsonText. Members that are `undefined` are left out, and
 * half a surrogate pair becomes an escape, as with `JSON.stringify`.
 *
 * A queue brings the text back character for character: with MESSAGE_ENCODING=none it travels inside XML, where
 * U+FFFE and U+FFFF cannot stand and a carriage return becomes a line feed. In JSON the first two can only be
 * inside a string, and a raw carriage return only between tokens.
 */
export function toJson(value: JsonValue | undefined): string {
  return write(value).replace(/[\ufffe\uffff\r]/g, (char) =>
    char === '\r' ? ' ' : `\\u${char.charCodeAt(0).toString(16)}`,
  );
}

/** The UTF-8 bytes of `toJson`. */
export function encodeJson(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(toJson(value));
}

function write(value: JsonValue | undefined): string {
  if (value instanceof JsonText) return value.text;
  if (typeof value === 'bigint') return value.toString();
  if (Object.is(value, -0)) return '-0';
  if (value === undefined || value === null || typeof value !== 'object')
    return JSON.stringify(value ?? null);
  if (isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`).join(',')}}`;
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(value: object): value is readonly JsonValue[] {
  return Array.isArray(value);
}
