import { occurrencesOfJob, type ScheduledJob } from '../jobs/due.ts';
import type { Job } from '../jobs/job.ts';

/** A run that is late, or is tried again, is not absent yet. */
const SLACK_MS = 10 * 60_000;
/** How far back two occurrences of a schedule are looked for: a yearly job has them. */
const LOOK_BACK_MS = [3_600_000, 26 * 3_600_000, 65 * 86_400_000, 1100 * 86_400_000];

/**
 * The instant since which a job must have succeeded by now, in epoch milliseconds; null: nothing can be expected yet.
 *
 * `expectEvery` says it outright. Without it, it is the time of the occurrence before the last one that has had its
 * time to run: one failure is told by its own event, two in a row are an absence.
 *
 * @param plannedSinceMs since when the job is planned
 */
export function expectedSuccessSince(
  job: Pick<Job, 'expectEveryMs' | 'timeoutMs'>,
  scheduled: ScheduledJob | undefined,
  plannedSinceMs: number,
  nowMs: number,
): number | null {
  if (job.expectEveryMs !== null) {
    const since = nowMs - job.expectEveryMs;
    return since > plannedSinceMs ? since : null;
  }
  if (scheduled === undefined) return null;
  const until = nowMs - job.timeoutMs - SLACK_MS;
  for (const lookBack of LOOK_BACK_MS) {
    const from = Math.max(plannedSinceMs, until - lookBack);
    const before = lastTwo(occurrencesOfJob(scheduled, from, until));
    if (before !== null) return before;
    if (from === plannedSinceMs) return null;
  }
  return null;
}

/** The one before the last. */
function lastTwo(instants: Iterable<number>): number | null {
  let last: number | null = null;
  let before: number | null = null;
  for (const instant of instants) {
    before = last;
    last = instant;
  }
  return before;
}
