import { markPublished } from '../ledger/publication.ts';
import type { RunRequest } from './request.ts';
import { tell } from './tell.ts';
import type { Worker } from './worker.ts';

/** Tells a run's outcome, and notes that it is told. */
export async function tellRun(worker: Worker, request: RunRequest, event: Uint8Array): Promise<void> {
  await tell(worker, event);
  const database = worker.databases.get(request.database);
  // Off the critical path: if it fails, the tick publishes the event once more, under the same id.
  if (database) {
    worker.background(database.withConnection((connection) => markPublished(connection, [request.runId])));
  }
}
