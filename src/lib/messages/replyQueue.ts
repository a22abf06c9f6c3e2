import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { type Decoded, decodeBody } from './decode.ts';
import { toQueueError } from './queueError.ts';
import { replyQueueName } from './queueName.ts';

/** A queue for one answer, which whoever waits for it makes and deletes: the worker creates no queues. */
export interface ReplyQueue {
  /** For a query message's `replyTo`. */
  readonly replyTo: string;
  readonly name: string;
  /**
   * Waits for the next message and takes it. Null when none came in time.
   *
   * @throws QueueError; an AbortError when the signal ends the wait
   */
  receive(options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<Decoded | null>;
  /** Deletes the queue with all that is in it; fine when it is gone already. @throws QueueError */
  delete(): Promise<void>;
}

const POLL_MS = 200;

/**
 * @param replyTo a name of one's own, such as `cli-` and a random number
 * @throws QueueError; RangeError when the names together make no queue name
 */
export async function createReplyQueue(
  service: QueueServiceClient,
  resultsQueue: string,
  replyTo: string,
): Promise<ReplyQueue> {
  const name = replyQueueName(resultsQueue, replyTo);
  if (name === null) throw new RangeError(`${resultsQueue}-${replyTo} is no possible name of a queue.`);
  const client = service.getQueueClient(name);
  const asking = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      throw toQueueError(error, name);
    }
  };

  await asking(() => client.createIfNotExists());
  return {
    replyTo,
    name,
    async receive({ timeoutMs, signal }) {
      const until = performance.now() + timeoutMs;
      for (;;) {
        signal?.throwIfAborted();
        const { receivedMessageItems } = await asking(() => client.receiveMessages());
        const message = receivedMessageItems[0];
        if (message !== undefined) {
          await asking(() => client.deleteMessage(message.messageId, message.popReceipt));
          return decodeBody(new TextEncoder().encode(message.messageText));
        }
        const left = until - performance.now();
        if (left <= 0) return null;
        await sleep(Math.min(POLL_MS, left), undefined, signal === undefined ? {} : { signal });
      }
    },
    async delete() {
      await asking(() => client.deleteIfExists());
    },
  };
}
