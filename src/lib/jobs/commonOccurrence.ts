import { occurrencesOfJob, type ScheduledJob } from './due.ts';

/** Any stretch of time will do: schedules have no beginning. */
const SEARCH_FROM = Date.UTC(2024, 0, 1);
const SEARCH_UNTIL = Date.UTC(2034, 0, 1);
const MOST_STEPS = 20_000;

/** An instant at which all of the jobs occur; null if ten years have none, or not among the first thousands. */
export function commonOccurrence(jobs: readonly ScheduledJob[]): number | null {
  let at = SEARCH_FROM;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = jobs.map((job) => firstFrom(job, at));
    const latest = Math.max(...next);
    if (latest > SEARCH_UNTIL) return null;
    if (next.every((instant) => instant === latest)) return latest;
    at = latest;
  }
  return null;
}

function firstFrom(job: ScheduledJob, instantMs: number): number {
  const { value } = occurrencesOfJob(job, instantMs - 1, SEARCH_UNTIL).next();
  return value ?? Number.POSITIVE_INFINITY;
}
