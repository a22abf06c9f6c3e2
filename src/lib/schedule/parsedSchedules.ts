import { type ScheduledJob, scheduledJobs } from '../jobs/due.ts';
import type { Catalog, Job } from '../jobs/job.ts';
import { isOccurrence } from '../jobs/schedule.ts';

const parsed = new WeakMap<Catalog, ReadonlyMap<string, ScheduledJob>>();

/** A catalog's schedules, parsed once for the process. */
export function parsedSchedules(catalog: Catalog): ReadonlyMap<string, ScheduledJob> {
  const known = parsed.get(catalog);
  if (known) return known;
  const jobs = new Map(scheduledJobs(catalog.jobs).map((job) => [job.name, job]));
  parsed.set(catalog, jobs);
  return jobs;
}

/**
 * Whether a job is due at an instant (ISO 8601) by the catalog as it is now. A job of a chain is due when its parents
 * are.
 */
export function isDueAt(catalog: Catalog, job: Job, instant: string): boolean {
  const parents = catalog.jobs.filter(({ name }) => job.after.includes(name));
  if (parents.length > 0) return parents.every((parent) => isDueAt(catalog, parent, instant));
  const scheduled = parsedSchedules(catalog).get(job.name);
  return scheduled?.schedules.some((schedule) => isOccurrence(schedule, Date.parse(instant))) ?? false;
}
