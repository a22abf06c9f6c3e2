import type { JobMessage } from '../messages/jobMessage.ts';
import { occurrenceRunId } from '../messages/runId.ts';

/** One occurrence of a job in one database. */
export interface Occurrence {
  readonly job: string;
  readonly database: string;
  /** Epoch milliseconds. */
  readonly scheduledFor: number;
}

/**
 * The message that runs an occurrence: the same run id whichever tick, or chain, sends it.
 *
 * @param catalog the hash of the catalog that it is planned with
 * @param missed the run is only told as missed
 */
export function occurrenceMessage(
  { job, database, scheduledFor }: Occurrence,
  catalog: string,
  missed = false,
): JobMessage {
  return {
    job,
    database,
    scheduledFor: new Date(scheduledFor).toISOString(),
    nightshift: {
      runId: occurrenceRunId(job, scheduledFor, database),
      attempt: 1,
      deferrals: 0,
      ...(missed ? { missed } : {}),
      catalog,
    },
  };
}
