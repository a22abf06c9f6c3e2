import { JsonText, type JsonValue } from '../json.ts';
import { type ArrayElements, parseArrayText } from './arrayText.ts';
import { elementType } from './builtinTypes.ts';
import { isoDate, isoTimestamp, isoTimeWithZone } from './isoTime.ts';

const BOX = 603;

/**
 * A value in JSON, with everything that PostgreSQL's text says: bigint and numeric are text, as most readers of
 * JSON round numbers; bytea is base64; dates and times are ISO 8601 with their microseconds; json and jsonb are
 * spliced in as they are; arrays of these are arrays. Every other type is text, as psql shows it.
 *
 * @param typeOid the column's type, as the row description names it
 * @param text PostgreSQL's text form; null for NULL
 */
export function cellFromText(typeOid: number, text: string | null): JsonValue {
  if (text === null) return null;
  const element = elementType(typeOid);
  if (element !== null) {
    const elements = parseArrayText(text, element === BOX ? ';' : ',');
    return elements === null ? text : cellsOf(element, elements);
  }
  return READERS[typeOid]?.(text) ?? text;
}

function cellsOf(element: number, elements: ArrayElements): JsonValue[] {
  return elements.map((each) =>
    each === null || typeof each === 'string' ? cellFromText(element, each) : cellsOf(element, each),
  );
}

const READERS: Readonly<Record<number, (text: string) => JsonValue>> = {
  16: (text) => text === 't',
  17: base64,
  21: number,
  23: number,
  26: number,
  700: number,
  701: number,
  114: (text) => new JsonText(text),
  3802: (text) => new JsonText(text),
  1082: isoDate,
  1114: isoTimestamp,
  1184: isoTimestamp,
  1266: isoTimeWithZone,
};

/** JSON has no NaN and no infinity: those are text. Any other float comes back the same from its digits. */
function number(text: string): JsonValue {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** From `\x68656c`, or, where a job has set bytea_output to escape, from `hel\000\\`, which never begins so. */
function base64(text: string): string {
  if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex').toString('base64');
  const bytes = text.replace(/\\(?:\\|([0-7]{3}))/g, (_all, octal?: string) =>
    octal === undefined ? '\\' : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('base64');
}
