import type { Job } from '../../lib/jobs/job.ts';
import type { PlannedOccurrence } from './plannedOccurrences.ts';

/** How long a job usually takes in a database, in milliseconds; null where that is not known. */
export type DurationOf = (job: string, database: string) => number | null;

/** How an occurrence is expected to go in one database. */
export interface ExpectedRun {
  readonly database: string;
  /** Epoch milliseconds: its time, or when all that it comes after have ended. */
  readonly startMs: number;
  /** Null where nothing is known of how long it takes. */
  readonly durationMs: number | null;
  /** When the job's run before is expected to end, if that is after the start. */
  readonly overlapsUntilMs: number | null;
}

/**
 * Goes through a plan as the ledger would, by past durations: what starts while the run of the same job before it is
 * still at work waits, is skipped, or runs beside it, as its job has it.
 *
 * @param occurrences by time, parents before what waits for them
 */
export function expectedRuns(
  occurrences: readonly PlannedOccurrence[],
  databasesOf: (job: Job) => readonly string[],
  durationOf: DurationOf,
): ReadonlyMap<PlannedOccurrence, readonly ExpectedRun[]> {
  const busyUntil = new Map<string, number>();
  const ends = new Map<string, number>();
  const runs = new Map<PlannedOccurrence, ExpectedRun[]>();
  for (const occurrence of occurrences) {
    const { job, at } = occurrence;
    const startMs = Math.max(at, ...job.after.map((parent) => ends.get(`${parent}@${at}`) ?? at));
    const expected = databasesOf(job).map((database): ExpectedRun => {
      const key = `${job.name}/${database}`;
      const durationMs = durationOf(job.name, database);
      const busy = busyUntil.get(key) ?? startMs;
      const overlaps = busy > startMs;
      const begins = overlaps && job.overlap === 'queue' ? busy : startMs;
      const isSkipped = overlaps && job.overlap === 'skip';
      if (!isSkipped) busyUntil.set(key, Math.max(busy, begins + (durationMs ?? 0)));
      return { database, startMs, durationMs, overlapsUntilMs: overlaps ? busy : null };
    });
    runs.set(occurrence, expected);
    const last = expected.map(({ database }) => busyUntil.get(`${job.name}/${database}`) ?? startMs);
    ends.set(`${job.name}@${at}`, Math.max(startMs, ...last));
  }
  return runs;
}
