import type { TimerSchedule } from './ncrontab.ts';

/** What is kept of a timer between starts; epoch milliseconds, null where .NET has its default date. */
export interface ScheduleStatus {
  /** When the function was last invoked. */
  readonly last: number | null;
  /** The occurrence that is to come. */
  readonly next: number;
  readonly lastUpdated: number | null;
}

export interface PastDueCheck {
  readonly status: ScheduleStatus;
  readonly isPastDue: boolean;
}

/**
 * Whether an occurrence was missed while no host ran (ScheduleMonitor.cs). However many were missed, they make
 * one run. A schedule that was changed meanwhile counts anew and makes none.
 */
export function checkPastDue(
  stored: ScheduleStatus | null,
  schedule: TimerSchedule,
  nowMs: number,
): PastDueCheck {
  if (!stored) {
    const status = { last: null, next: schedule.next(nowMs), lastUpdated: nowMs };
    return { status, isPastDue: false };
  }
  let computedFrom = stored.last ?? stored.lastUpdated ?? nowMs;
  let expected = schedule.next(computedFrom);
  let status = stored;
  if (stored.next !== expected) {
    if (nowMs > expected) {
      expected = schedule.next(nowMs);
      computedFrom = nowMs;
    }
    status = { last: null, next: expected, lastUpdated: computedFrom };
  }
  return { status, isPastDue: nowMs > status.next };
}

/**
 * The status after an invocation that began at `invokedMs`. Timers can fire a little early: then the occurrence
 * itself counts as the moment, or the same one would come next again (TimerListener.cs, InvokeJobFunction).
 */
export function statusAfter(
  invokedMs: number,
  before: ScheduleStatus,
  schedule: TimerSchedule,
  unscheduled: boolean,
): ScheduleStatus {
  const at = unscheduled ? invokedMs : Math.max(invokedMs, before.next);
  return { last: at, next: schedule.next(at), lastUpdated: at };
}
