import { QueueError } from '../messages/queueError.ts';
import type { Worker } from './worker.ts';

/** Sends an event to the results queue, or to the queue that somebody made for the answer; if that is gone, to the former. */
export async function tell(
  worker: Worker,
  event: Uint8Array,
  replyQueue: string | null = null,
): Promise<void> {
  const { results } = worker.queues;
  try {
    await worker.sender.send(replyQueue ?? results, event);
  } catch (error) {
    if (replyQueue === null || !(error instanceof QueueError) || error.kind !== 'missing') throw error;
    worker.log.warn(`The reply queue ${replyQueue} is gone; the answer goes to ${results}.`);
    await worker.sender.send(results, event);
  }
}
