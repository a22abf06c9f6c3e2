import { DatabaseError } from '../database/databaseError.ts';
import { recordRun } from '../ledger/recordRun.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { encodeJobMessage } from '../messages/jobMessage.ts';
import { claimRequestOf } from '../runs/claimRequest.ts';
import { MISSED_REASON } from '../runs/hold.ts';
import { publishRun } from '../runs/publishRun.ts';
import { requestOf } from '../runs/request.ts';
import { subjectOf, unstartedRunEvent } from '../runs/runEvents.ts';
import type { Worker } from '../runs/worker.ts';
import { type Occurrence, occurrenceMessage } from './occurrenceMessage.ts';

/**
 * An occurrence that catch-up drops is told once: its outcome is `missed`. Written at once, so that a long outage fills
 * no queue; only where the database is away does a message carry it until it is back.
 */
export async function tellMissed(worker: Worker, occurrence: Occurrence, nowMs: number): Promise<void> {
  try {
    await record(worker, occurrence, nowMs);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const message = occurrenceMessage(occurrence, worker.catalog.hash, true);
    await worker.sender.send(worker.queues.jobs, encodeJobMessage(message));
  }
}

async function record(worker: Worker, occurrence: Occurrence, nowMs: number): Promise<void> {
  const message = occurrenceMessage(occurrence, worker.catalog.hash);
  const requested = requestOf(message, '', worker.catalog, [...worker.databases.keys()], nowMs);
  const database = worker.databases.get(occurrence.database);
  if (!('request' in requested) || database === undefined) {
    throw new Error(`${occurrence.job} was planned in ${occurrence.database}, and cannot be run there.`);
  }
  const { request } = requested;
  const at = new Date(nowMs).toISOString();
  const event = unstartedRunEvent('missed', subjectOf(request, worker.eventSource), at, MISSED_REASON);
  const standing = await database.withConnection(async (connection) => {
    await checkSchemaVersion(database, connection);
    return recordRun(connection, claimRequestOf(request), 'missed', event);
  });
  // Null: the run waits or runs, and has its own outcome coming.
  if (standing !== null) await publishRun(worker, request, standing);
}
