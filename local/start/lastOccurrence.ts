import type { Temporal } from 'temporal-polyfill';

/**
 * The latest start of a day's hour that is not after `now`, in its time zone. An hour that a day leaves out comes
 * when the gap ends, one that it has twice is the first: as jobs are scheduled.
 */
export function lastOccurrence(now: Temporal.ZonedDateTime, hour: number): Temporal.ZonedDateTime {
  const on = (day: Temporal.PlainDate) =>
    day.toPlainDateTime({ hour }).toZonedDateTime(now.timeZoneId, { disambiguation: 'compatible' });
  const today = on(now.toPlainDate());
  return today.epochMilliseconds <= now.epochMilliseconds
    ? today
    : on(now.toPlainDate().subtract({ days: 1 }));
}
