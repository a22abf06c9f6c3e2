import { occurrencesOfJob, scheduledJobs } from '../../lib/jobs/due.ts';
import type { Job } from '../../lib/jobs/job.ts';
import { lineAndColumn } from '../../lib/jobs/position.ts';
import type { Problem } from '../../lib/jobs/problem.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Enough to meet the closest pair of a schedule such as `0,30 * 9 * * *`. */
const LOOKED_AT = 200;

/** Schedules that come more often than an app that sleeps can follow; a warning, since an always-ready one can. */
export function closeSchedules(jobs: readonly Job[], nowMs: number): Problem[] {
  return jobs.flatMap((job) => {
    const gap = smallestGap(job, nowMs);
    if (gap >= MINUTE_MS) return [];
    const at = /^--\s*schedule/m.exec(job.sql)?.index ?? 0;
    const message =
      `Comes every ${gap / 1000} seconds at times: an app that is scaled to zero takes up to a minute to wake. ` +
      'Keep an instance always ready (Flex Consumption: "always ready instances"), or run it less often.';
    return [{ file: job.file, ...lineAndColumn(job.sql, at), message }];
  });
}

function smallestGap(job: Job, nowMs: number): number {
  const [scheduled] = scheduledJobs([job]);
  if (scheduled === undefined) return Number.POSITIVE_INFINITY;
  let smallest = Number.POSITIVE_INFINITY;
  let before: number | null = null;
  let seen = 0;
  for (const instant of occurrencesOfJob(scheduled, nowMs, nowMs + 8 * DAY_MS)) {
    if (before !== null) smallest = Math.min(smallest, instant - before);
    before = instant;
    if (++seen >= LOOKED_AT) break;
  }
  return smallest;
}
