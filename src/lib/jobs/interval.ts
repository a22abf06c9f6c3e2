import { parseDuration } from './duration.ts';
import { ScheduleError } from './scheduleError.ts';

const DAY_MS = 86_400_000;

/**
 * Milliseconds of an interval between occurrences, such as `90s` or `1h30m`: whole seconds, 1s to 366d.
 * @throws {ScheduleError} quoting the text
 */
export function parseInterval(text: string): number {
  const ms = parseDuration(text);
  if (ms === null) {
    throw new ScheduleError(`"${text}" is no interval: expected a duration such as 90s, 10m or 2h.`);
  }
  if (ms < 1000) throw new ScheduleError(`"${text}" is too short: an interval is at least 1s.`);
  if (ms > 366 * DAY_MS) throw new ScheduleError(`"${text}" is too long: an interval is at most 366d.`);
  // Queues delay by whole seconds.
  if (ms % 1000 !== 0) throw new ScheduleError(`"${text}" is not in whole seconds.`);
  return ms;
}
