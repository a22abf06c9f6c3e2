import { DatabaseError } from '../database/databaseError.ts';
import { encodeJobMessage } from '../messages/jobMessage.ts';
import { MISSED_REASON } from '../runs/hold.ts';
import { publishRun } from '../runs/publishRun.ts';
import type { Worker } from '../runs/worker.ts';
import { type Occurrence, occurrenceMessage } from './occurrenceMessage.ts';
import { recordUnstarted } from './recordUnstarted.ts';

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
  const missed = await recordUnstarted(worker, occurrence, 'missed', MISSED_REASON, nowMs);
  if (missed === null) {
    throw new Error(`${occurrence.job} was planned in ${occurrence.database}, and cannot be run there.`);
  }
  // Null: the run waits or runs, and has its own outcome coming.
  if (missed.standing !== null) await publishRun(worker, missed.request, missed.standing);
}
