import { recordRun } from '../ledger/recordRun.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import type { RunOutcome } from '../messages/event.ts';
import { claimRequestOf } from '../runs/claimRequest.ts';
import { type RunRequest, requestOf } from '../runs/request.ts';
import { subjectOf, unstartedRunEvent } from '../runs/runEvents.ts';
import type { Worker } from '../runs/worker.ts';
import { type Occurrence, occurrenceMessage } from './occurrenceMessage.ts';

/** An occurrence's run, and the event of the outcome that stands: null while it waits or runs after all. */
export interface Unstarted {
  readonly request: RunRequest;
  readonly standing: Uint8Array | null;
}

/**
 * Writes down that an occurrence ends without a start.
 *
 * @returns null where it cannot be run at all (no such database, a parameter without a value)
 * @throws DatabaseError
 */
export async function recordUnstarted(
  worker: Worker,
  occurrence: Occurrence,
  outcome: Extract<RunOutcome, 'missed' | 'skipped'>,
  reason: string,
  nowMs: number,
): Promise<Unstarted | null> {
  const message = occurrenceMessage(occurrence, worker.catalog.hash);
  const requested = requestOf(message, '', worker.catalog, [...worker.databases.keys()], nowMs);
  const database = worker.databases.get(occurrence.database);
  if (!('request' in requested) || database === undefined) return null;
  const { request } = requested;
  const at = new Date(nowMs).toISOString();
  const event = unstartedRunEvent(outcome, subjectOf(request, worker.eventSource), at, reason);
  const standing = await database.withConnection(async (connection) => {
    await checkSchemaVersion(database, connection);
    return recordRun(connection, claimRequestOf(request), outcome, event);
  });
  return { request, standing };
}
