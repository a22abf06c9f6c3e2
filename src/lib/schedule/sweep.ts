import type { Connection } from '../database/connection.ts';
import { DatabaseError } from '../database/databaseError.ts';
import { inParallel } from '../inParallel.ts';
import { markDeadLetterPublished, unpublishedDeadLetters } from '../ledger/deadLetters.ts';
import { prune } from '../ledger/prune.ts';
import { markPublished, unpublishedRuns } from '../ledger/publication.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { takeStrandedRuns } from '../ledger/stranded.ts';
import { resend } from '../runs/resend.ts';
import type { Worker } from '../runs/worker.ts';

/** What the tick takes for left behind by a crash, in seconds. */
export interface SweepAfter {
  /** An event this long after its outcome was committed. Publishing takes moments. */
  readonly unpublishedSeconds: number;
  /** A run this long after its time: the host hides the message of a dead worker for ten minutes. */
  readonly lostSeconds: number;
}

/** Databases that are swept at the same time: one that does not answer must not hold up the others. */
const AT_ONCE = 8;
/** Of each kind, in each tick. */
const PRUNE_LIMIT = 2000;
/** A tick: the rest comes with the next one. */
const LIMIT = 200;

/** Picks up what crashes left (events that were committed and not told, runs whose message is gone) and prunes. */
export async function sweep(worker: Worker): Promise<void> {
  await inParallel(worker.databases, AT_ONCE, async ([name, database]) => {
    try {
      await database.withConnection(async (connection) => {
        await checkSchemaVersion(database, connection);
        await publishLeftEvents(worker, connection);
        await resendLostMessages(worker, connection);
        if (database === worker.home) await publishLeftDeadLetters(worker, connection);
        await prune(connection, worker.retention, PRUNE_LIMIT);
      });
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      worker.log.warn(`Database ${name} could not be swept: ${error.message}`);
    }
  });
}

async function publishLeftEvents(worker: Worker, connection: Connection): Promise<void> {
  const runs = await unpublishedRuns(connection, worker.sweepAfter.unpublishedSeconds, LIMIT);
  for (const { event } of runs) await worker.sender.send(worker.queues.results, event);
  if (runs.length > 0)
    await markPublished(
      connection,
      runs.map(({ runId }) => runId),
    );
}

async function publishLeftDeadLetters(worker: Worker, connection: Connection): Promise<void> {
  const letters = await unpublishedDeadLetters(connection, worker.sweepAfter.unpublishedSeconds, LIMIT);
  for (const { queue, messageId, event } of letters) {
    await worker.sender.send(worker.queues.results, event);
    await markDeadLetterPublished(connection, queue, messageId);
  }
}

async function resendLostMessages(worker: Worker, connection: Connection): Promise<void> {
  const stranded = await takeStrandedRuns(connection, worker.sweepAfter.lostSeconds, LIMIT);
  for (const run of stranded) {
    if (await resend(worker, run))
      worker.log.warn(
        `The message of ${run.runId} seems lost; it was sent again for attempt ${run.attempt}.`,
      );
    else worker.log.error(`The ledger's message of ${run.runId} cannot be read; the run stays as it is.`);
  }
}
