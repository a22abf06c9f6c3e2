import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import type { QueueOptions } from './hostJson.ts';
import { holdMessageLock } from './messageLock.ts';
import { decodeMessageText } from './queueMessage.ts';
import { isGone, isQueueMissing } from './storageError.ts';

export interface QueueProcessorOptions {
  readonly queue: QueueClient;
  /** Null for a queue that is itself a poison queue, or whose name leaves no room for the suffix. */
  readonly poisonQueue: QueueClient | null;
  readonly options: QueueOptions;
  readonly lockSeconds: number;
  readonly invoke: (message: DequeuedMessageItem, body: Uint8Array) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Called when a message was put into a poison queue, so that its listener need not wait for its next poll. */
  readonly onPoison?: (queueName: string) => void;
}

/**
 * Takes one received message to its end, as QueueProcessor.cs does: deleted when the invocation succeeded;
 * visible again after visibilityTimeout when it failed; copied to the poison queue and deleted when it failed the
 * maxDequeueCount-th time, was received more often than that (its host died), or cannot be decoded.
 */
export async function processMessage(
  message: DequeuedMessageItem,
  processor: QueueProcessorOptions,
): Promise<void> {
  const { queue, options, lockSeconds, warn } = processor;
  const { messageId } = message;
  const body = decodeMessageText(message.messageText, options.messageEncoding);
  if (body === null) {
    warn(
      `message ${messageId} of queue ${queue.name} is not base64; it goes to the poison queue without a run`,
    );
    return moveToPoison(message, message.popReceipt, processor);
  }
  if (message.dequeueCount > options.maxDequeueCount)
    return moveToPoison(message, message.popReceipt, processor);

  const lock = holdMessageLock(queue, message, lockSeconds, (error) =>
    warn(`the lock of message ${messageId} of queue ${queue.name} was not renewed: ${String(error)}`),
  );
  let failed = false;
  try {
    await processor.invoke(message, body);
  } catch (error) {
    failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    warn(
      `failed on message ${messageId} (try ${message.dequeueCount} of ${options.maxDequeueCount}): ${reason}`,
    );
  }
  const popReceipt = await lock.release();

  if (!failed) return ignoreGone(queue.deleteMessage(messageId, popReceipt));
  if (message.dequeueCount >= options.maxDequeueCount) return moveToPoison(message, popReceipt, processor);
  // Without a poison queue the message stays hidden until its lock ends, or it would come back at once, for ever.
  if (!processor.poisonQueue) return;
  const hiddenSeconds = Math.ceil(options.visibilityTimeoutMs / 1000);
  return ignoreGone(queue.updateMessage(messageId, popReceipt, undefined, hiddenSeconds));
}

async function moveToPoison(
  message: DequeuedMessageItem,
  popReceipt: string,
  { queue, poisonQueue, warn, onPoison }: QueueProcessorOptions,
): Promise<void> {
  if (!poisonQueue) return;
  warn(`message ${message.messageId} of queue ${queue.name} moves to ${poisonQueue.name}`);
  try {
    await poisonQueue.sendMessage(message.messageText);
  } catch (error) {
    if (!isQueueMissing(error)) throw error;
    await poisonQueue.createIfNotExists();
    await poisonQueue.sendMessage(message.messageText);
  }
  await ignoreGone(queue.deleteMessage(message.messageId, popReceipt));
  onPoison?.(poisonQueue.name);
}

async function ignoreGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
