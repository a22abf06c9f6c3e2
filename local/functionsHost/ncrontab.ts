import { Cron } from 'croner';

/** A timer's schedule: six fields, seconds first, in UTC. */
export interface TimerSchedule {
  /** @returns the first occurrence after the moment given, both in epoch milliseconds */
  next(afterMs: number): number;
}

/** What NCrontab reads, names included; croner knows more (L, W, #, ?), which the real host refuses. */
const FIELD = /^(?:[\d*,/-]|[A-Za-z]{3,})+$/;

/**
 * Reads an NCRONTAB expression as the real host does (CronSchedule.cs): six fields, or five with the seconds at
 * 0. A day must match both day fields, where both are restricted. The host's other form, a time span, works
 * only on App Service plans and is refused.
 *
 * @throws Error when the text is no such expression
 */
export function parseNcrontab(expression: string): TimerSchedule {
  const fields = expression.trim().split(/\s+/);
  const pattern = fields.length === 5 ? ['0', ...fields] : fields;
  const refused = new Error(
    `the schedule expression '${expression}' is not a valid NCRONTAB expression of six fields`,
  );
  if (pattern.length !== 6 || !pattern.every((field) => FIELD.test(field))) throw refused;
  let cron: Cron;
  try {
    cron = new Cron(pattern.join(' '), {
      mode: '6-part',
      timezone: 'Etc/UTC',
      domAndDow: true,
      sloppyRanges: true,
    });
  } catch (error) {
    throw new Error(refused.message, { cause: error });
  }
  return {
    next(afterMs) {
      const next = cron.nextRun(new Date(afterMs));
      // NCrontab's own answer for "never" is the end of time as .NET knows it.
      return next?.getTime() ?? Date.UTC(9999, 11, 31, 23, 59, 59);
    },
  };
}

/** A timer that may occur more often than once a minute keeps no status (ShouldDisableScheduleMonitor). */
export function occursWithinMinute(schedule: TimerSchedule, nowMs: number): boolean {
  return schedule.next(schedule.next(nowMs)) - schedule.next(nowMs) < 60_000;
}
