import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { Listener } from './listener.ts';
import { PollingBackoff } from './pollingBackoff.ts';
import { processMessage, type QueueProcessorOptions } from './queueProcessor.ts';
import { isQueueMissing } from './storageError.ts';

/**
 * Polls a queue and processes what it finds, as QueueListener.cs does: a batch is asked for whenever no more than
 * newBatchThreshold messages are being processed, and an empty or missing queue is asked again with backoff.
 *
 * Unlike the real host, which ends on an error that it does not know (no route, no right), this one says so and
 * goes on: on a laptop the storage emulator is stopped and started.
 */
export function startQueueListener(processor: QueueProcessorOptions): Listener {
  const { queue, options, lockSeconds, warn } = processor;
  const backoff = new PollingBackoff(options.maxPollingIntervalMs);
  const running = new Set<Promise<void>>();
  let stopped = false;
  let wake = () => {};
  let away = false;

  const start = (message: DequeuedMessageItem) => {
    const work = processMessage(message, processor)
      .catch((error) =>
        warn(`message ${message.messageId} of queue ${queue.name} was left: ${String(error)}`),
      )
      .finally(() => running.delete(work));
    running.add(work);
  };

  const receive = async (): Promise<DequeuedMessageItem[]> => {
    let received: DequeuedMessageItem[] = [];
    let trouble: unknown;
    try {
      const response = await queue.receiveMessages({
        numberOfMessages: options.batchSize,
        visibilityTimeout: lockSeconds,
      });
      received = response.receivedMessageItems;
    } catch (error) {
      if (!isQueueMissing(error)) trouble = error;
    }
    if (trouble && !away && !stopped) {
      const message = trouble instanceof Error ? trouble.message : String(trouble);
      warn(`queue ${queue.name} cannot be read, trying again: ${message}`);
    }
    if (!trouble && away) warn(`queue ${queue.name} answers again`);
    away = trouble !== undefined;
    return received;
  };

  const poll = async () => {
    while (!stopped) {
      const messages = await receive();
      if (stopped) {
        // Received after the stop: given back at once, for the next host.
        await Promise.allSettled(
          messages.map((message) => queue.updateMessage(message.messageId, message.popReceipt, undefined, 0)),
        );
        return;
      }
      messages.forEach(start);
      const delayMs = backoff.next(messages.length > 0);
      if (messages.length > 0) {
        while (running.size > options.newBatchThreshold) await Promise.race(running);
      } else {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, delayMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  };

  const polling = poll();
  return {
    queueName: queue.name,
    wake: () => wake(),
    stop: () => {
      stopped = true;
      wake();
    },
    drained: async () => {
      await polling;
      await Promise.all(running);
    },
    running: () => running.size,
  };
}
