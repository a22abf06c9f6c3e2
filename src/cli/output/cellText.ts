import { JsonText, type JsonValue, toJson } from '../../lib/json.ts';

/** A value of a result as text: JSON for arrays and objects, null for NULL. Not yet safe for a terminal. */
export function cellText(value: JsonValue): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  return value instanceof JsonText ? value.text : toJson(value);
}

/** PostgreSQL's types whose values are compared by their last digit: the right edge. */
const NUMERIC = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'double precision',
  'money',
  'oid',
]);

export const alignmentOf = (type: string): 'left' | 'right' => (NUMERIC.has(type) ? 'right' : 'left');
