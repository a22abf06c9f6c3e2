import { JsonText, type JsonValue, toJson } from '../json.ts';
import type { ParameterType } from './job.ts';
import { showValue } from './showValue.ts';
import { timestampText } from './timestampText.ts';
import { timeZone, wallTimeAt } from './timeZone.ts';

/** PostgreSQL's text form of a value, or why it has none; the message is the end of a sentence on the value. */
export type ParameterText =
  | { readonly ok: true; readonly value: string | null }
  | { readonly ok: false; readonly message: string };

export interface ParameterContext {
  /** Whose clocks tell what day it is, and what a timestamp without an offset means. */
  readonly timeZone: string;
  /** The instant that today, yesterday and tomorrow are counted from; null keeps the words as they are. */
  readonly anchorMs: number | null;
}

const DAY_MS = 86_400_000;
const DATE_WORDS = { yesterday: -DAY_MS, today: 0, tomorrow: DAY_MS } as const;

/** What cannot be a value of the type: the message says what would be. */
class Unfit extends Error {}

/**
 * Turns a JSON value into PostgreSQL's text form; null is NULL for every type.
 * A string is taken as the text of a value, so that a command line can give every type, JSON included.
 */
export function parameterText(
  type: ParameterType,
  value: JsonValue,
  context: ParameterContext,
): ParameterText {
  if (value === null) return { ok: true, value: null };
  try {
    return { ok: true, value: READERS[type](value, context) };
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return { ok: false, message: `${error.message}, got ${showValue(value)}.` };
  }
}

const READERS: Record<ParameterType, (value: JsonValue, context: ParameterContext) => string> = {
  text(value) {
    if (typeof value !== 'string') throw new Unfit('expected a text');
    // PostgreSQL's text holds any character but U+0000, and UTF-8 has no half of a surrogate pair.
    if (value.includes('\0') || !value.isWellFormed()) throw new Unfit('expected a text without U+0000');
    return value;
  },

  integer(value) {
    const integer = exactInteger(value);
    if (integer === null || integer !== BigInt.asIntN(64, integer)) {
      throw new Unfit('expected a whole number from -9223372036854775808 to 9223372036854775807');
    }
    return integer.toString();
  },

  number(value) {
    const text = typeof value === 'string' ? value : digitsOf(value);
    if (text === null || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,5})?$/i.test(text)) {
      throw new Unfit('expected a number');
    }
    return text;
  },

  boolean(value) {
    const text = typeof value === 'boolean' ? String(value) : value;
    if (text !== 'true' && text !== 'false') throw new Unfit('expected true or false');
    return text;
  },

  date(value, { timeZone: zoneName, anchorMs }) {
    if (isDateWord(value)) {
      if (anchorMs === null) return value;
      const wallToday = wallTimeAt(timeZone(zoneName), anchorMs);
      return new Date(wallToday + DATE_WORDS[value]).toISOString().slice(0, 10);
    }
    if (typeof value !== 'string' || !isCalendarDate(value)) {
      throw new Unfit('expected a date such as 2026-01-31, or today, yesterday or tomorrow');
    }
    return value;
  },

  timestamp(value, context) {
    const result = timestampText(typeof value === 'string' ? value : '', context.timeZone);
    if (!result.ok) throw new Unfit(result.message);
    return result.value;
  },

  uuid(value) {
    if (typeof value !== 'string' || !/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)) {
      throw new Unfit('expected a UUID such as 123e4567-e89b-12d3-a456-426614174000');
    }
    return value.toLowerCase();
  },

  json(value) {
    if (typeof value !== 'string') return toJson(value);
    try {
      JSON.parse(value);
      return value;
    } catch {
      throw new Unfit('expected a JSON value, or one as text (a string in quotes of its own)');
    }
  },
};

function exactInteger(value: JsonValue): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^[+-]?\d{1,100}$/.test(value) ? BigInt(value.replace('+', '')) : null;
}

function digitsOf(value: JsonValue): string | null {
  if (value instanceof JsonText) return value.text;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null;
}

const isDateWord = (value: JsonValue): value is keyof typeof DATE_WORDS =>
  typeof value === 'string' && Object.hasOwn(DATE_WORDS, value);

/** A date of the Gregorian calendar in the years 0001 to 9999. */
function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
