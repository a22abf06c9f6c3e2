import { meaningOf, timeZone } from './timeZone.ts';

export type TimestampText =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string };

const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?$/i;

const EXPECTED = 'expected an ISO 8601 timestamp such as 2026-01-31T09:30:00Z';

/**
 * PostgreSQL's text of an ISO 8601 timestamp, in UTC with its microseconds. Without an offset it is read on the
 * clocks of the zone, and refused where these show that time twice or never: a guess would be wrong unnoticed.
 */
export function timestampText(text: string, zoneName: string): TimestampText {
  const [, date = '', minutes = '', seconds = '00', fraction = '', utc, sign, hours, rest] =
    ISO_8601.exec(text) ?? [];
  const wallText = `${date}T${minutes}:${seconds}.000Z`;
  const wall = Date.parse(wallText);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(wall) || new Date(wall).toISOString() !== wallText)
    return { ok: false, message: EXPECTED };

  if (utc !== undefined) return inUtc(wall, fraction);
  if (sign !== undefined) {
    const minutesAhead = Number(hours) * 60 + Number(rest ?? 0);
    if (minutesAhead > 16 * 60 || Number(rest ?? 0) > 59) return { ok: false, message: EXPECTED };
    return inUtc(wall - (sign === '+' ? 1 : -1) * minutesAhead * 60_000, fraction);
  }
  const meaning = meaningOf(timeZone(zoneName), wall);
  if (meaning.kind === 'once') return inUtc(meaning.instant, fraction);
  const reason =
    meaning.kind === 'twice'
      ? `which the clocks of ${zoneName} show twice`
      : `which the clocks of ${zoneName} leave out`;
  return { ok: false, message: `expected an offset with a time ${reason}` };
}

function inUtc(instant: number, fraction: string): TimestampText {
  const iso = new Date(instant).toISOString();
  // Beyond the year 9999 ISO 8601 needs a sign, which PostgreSQL does not read.
  if (!/^\d{4}-/.test(iso) || iso.startsWith('0000')) return { ok: false, message: EXPECTED };
  return { ok: true, value: `${iso.slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z` };
}
