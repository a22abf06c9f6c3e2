import { CronExpressionParser } from 'cron-parser';

/**
 * The design's rules for changed clocks, minute by minute and from other sources than the code under test:
 * Intl tells what the clocks show, cron-parser what the fields mean.
 */
export function expectedOccurrences(text: string, zone: string, afterMs: number, untilMs: number): number[] {
  const matches = wallMatcher(text);
  const byElapsedTime = text.split(' ')[1]?.startsWith('*') ?? false;
  const shown = clock(zone);
  const found: number[] = [];
  const seen = new Set<number>();
  // Two days before tell which times of a second pass have had their first.
  let before = shown(afterMs - 2 * DAY_MS - MINUTE_MS);
  for (let instant = afterMs - 2 * DAY_MS; instant <= untilMs; instant += MINUTE_MS) {
    const wall = shown(instant);
    let runs = matches(wall);
    if (!byElapsedTime) {
      runs &&= !seen.has(wall);
      for (let left = before + MINUTE_MS; left < wall; left += MINUTE_MS) runs ||= matches(left);
    }
    seen.add(wall);
    before = wall;
    if (runs && instant > afterMs) found.push(instant);
  }
  return found;
}

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** What the zone's clocks show at an instant, as if it were UTC. */
export function clock(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (instant) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = format
      .format(instant)
      .split(/\D+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute);
  };
}

/** The days of a year, as instants of their noon in UTC, before which the zone's clocks were changed. */
export function daysOfChange(zone: string, year: number): number[] {
  const shown = clock(zone);
  const days: number[] = [];
  const offsetAt = (instant: number) => shown(instant) - instant;
  for (let noon = Date.UTC(year, 0, 1, 12); noon < Date.UTC(year + 1, 0, 1); noon += DAY_MS) {
    if (offsetAt(noon) !== offsetAt(noon - DAY_MS)) days.push(noon);
  }
  return days;
}

function wallMatcher(text: string): (wall: number) => boolean {
  const { fields } = CronExpressionParser.parse(text);
  const has = (values: readonly (number | string)[], value: number) => values.includes(value);
  const [, , days = '', , weekdays = ''] = text.split(' ');
  const eitherIsEnough = !days.startsWith('*') && !weekdays.startsWith('*');
  return (wall) => {
    const at = new Date(wall);
    if (!has(fields.minute.values, at.getUTCMinutes()) || !has(fields.hour.values, at.getUTCHours()))
      return false;
    if (!has(fields.month.values, at.getUTCMonth() + 1)) return false;
    const onDay = has(fields.dayOfMonth.values, at.getUTCDate());
    const onWeekday = has(fields.dayOfWeek.values, at.getUTCDay());
    return eitherIsEnough ? onDay || onWeekday : onDay && onWeekday;
  };
}
