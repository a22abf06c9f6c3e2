import type { Job } from '../jobs/job.ts';
import { recordRun } from '../ledger/recordRun.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { occurrenceRunId } from '../messages/runId.ts';
import { claimRequestOf } from '../runs/claimRequest.ts';
import { requestOf } from '../runs/request.ts';
import { subjectOf, unstartedRunEvent } from '../runs/runEvents.ts';
import { publishRun } from '../runs/runJob.ts';
import type { Worker } from '../runs/worker.ts';
import { occurrenceMessage } from './occurrenceMessage.ts';

/** An occurrence that catch-up drops is told once: its outcome is `missed`. */
export async function recordMissed(
  worker: Worker,
  job: Job,
  scheduledFor: number,
  nowMs: number,
): Promise<void> {
  const runId = occurrenceRunId(job.name, scheduledFor, job.database);
  const message = occurrenceMessage(job, runId, scheduledFor, worker.catalog.hash);
  const requested = requestOf(message, runId, worker.catalog, [...worker.databases.keys()], nowMs);
  const database = worker.databases.get(job.database);
  if (!requested.ok || database === undefined) {
    worker.log.error(
      `${runId} was missed, and cannot be told: its database ${job.database} is not configured.`,
    );
    return;
  }
  const { request } = requested;
  const reason = 'Nothing ran at its time; a later occurrence of the job runs instead.';
  const event = unstartedRunEvent(
    'missed',
    subjectOf(request, worker.eventSource),
    new Date(nowMs).toISOString(),
    reason,
  );
  const standing = await database.withConnection(async (connection) => {
    await checkSchemaVersion(database, connection);
    return recordRun(connection, claimRequestOf(request), 'missed', event);
  });
  if (standing !== null) await publishRun(worker, request, standing);
}
