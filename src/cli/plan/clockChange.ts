import { occurrencesOfJob, type ScheduledJob } from '../../lib/jobs/due.ts';
import { isOccurrence } from '../../lib/jobs/schedule.ts';
import { meaningOf, wallTimeAt } from '../../lib/jobs/timeZone.ts';
import { nextWallTime } from '../../lib/jobs/wallTime.ts';

/** What a change of the clocks does to an occurrence. */
export interface ClockChange {
  /**
   * `gap`: its time of day is left out. `first pass`, `second pass`: its time of day comes twice. `moved`: it is as ever
   * on the clocks, which were changed since the occurrence before.
   */
  readonly kind: 'gap' | 'first pass' | 'second pass' | 'moved';
  /** How far the clocks go forward; below zero for back. */
  readonly byMs: number;
}

/** @param beforeMs the job's occurrence before; null if it has none */
export function clockChange(
  scheduled: ScheduledJob,
  atMs: number,
  beforeMs: number | null,
): ClockChange | null {
  for (const schedule of scheduled.schedules) {
    if (schedule.kind !== 'cron' || !isOccurrence(schedule, atMs)) continue;
    const { zone, cron } = schedule;
    const segment = zone.segmentAt(atMs);
    const wall = wallTimeAt(zone, atMs);
    const isOnItsTime = nextWallTime(cron, wall - 1) === wall;
    if (!isOnItsTime) {
      return { kind: 'gap', byMs: segment.offset - zone.segmentAt(segment.start - 1).offset };
    }
    const meaning = meaningOf(zone, wall);
    if (meaning.kind === 'twice') {
      const kind = meaning.second === atMs ? 'second pass' : 'first pass';
      return { kind, byMs: meaning.instant - meaning.second };
    }
    const before = beforeMs === null ? segment.offset : zone.segmentAt(beforeMs).offset;
    if (before !== segment.offset) return { kind: 'moved', byMs: segment.offset - before };
  }
  return null;
}

const HOUR_MS = 3_600_000;
/** Short ones first: a job that runs every second has many in a year. */
const LOOK_BACK_MS = [1, 26, 8 * 24, 32 * 24, 400 * 24].map((hours) => hours * HOUR_MS);

/** The occurrence before an instant; null if there was none for a year. */
export function occurrenceBefore(scheduled: ScheduledJob, atMs: number): number | null {
  for (const back of LOOK_BACK_MS) {
    let last: number | null = null;
    for (const instant of occurrencesOfJob(scheduled, atMs - back, atMs - 1)) last = instant;
    if (last !== null) return last;
  }
  return null;
}
