import type { Job } from '../jobs/job.ts';
import type { JobMessage } from '../messages/jobMessage.ts';

/** @param catalog the hash of the catalog that it is planned with */
export function occurrenceMessage(
  job: Job,
  runId: string,
  scheduledForMs: number,
  catalog: string,
): JobMessage {
  return {
    job: job.name,
    database: job.database,
    scheduledFor: new Date(scheduledForMs).toISOString(),
    nightshift: { runId, attempt: 1, deferrals: 0, catalog },
  };
}
