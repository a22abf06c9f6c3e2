import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { type OutcomeEvent, readOutcomeEvent } from './outcomeEvent.ts';

/** A message as Nightshift and the Functions host send it: JSON in base64. */
export async function sendJson(queue: QueueClient, message: unknown): Promise<void> {
  await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), { messageTimeToLive: -1 });
}

/**
 * Waits for an event on a queue that others read, too: it looks and takes nothing away.
 * @returns null when it did not come in time.
 */
export async function peekForEvent(
  queue: QueueClient,
  isIt: (event: OutcomeEvent) => boolean,
  timeoutMs: number,
): Promise<OutcomeEvent | null> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(100)) {
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      const event = readOutcomeEvent(messageText);
      if (event !== null && isIt(event)) return event;
    }
  }
  return null;
}

/**
 * Makes a reply queue, lets `ask` name it in a message, and waits for the event that comes back.
 * @returns null when it did not come in time.
 */
export async function askWithReplyQueue(
  connectionString: string,
  resultsQueue: string,
  ask: (replyTo: string) => Promise<void>,
  timeoutMs: number,
): Promise<OutcomeEvent | null> {
  const replyTo = `show-${randomBytes(4).toString('hex')}`;
  const queue = QueueServiceClient.fromConnectionString(connectionString).getQueueClient(
    `${resultsQueue}-${replyTo}`,
  );
  await queue.create();
  try {
    await ask(replyTo);
    return await peekForEvent(queue, () => true, timeoutMs);
  } finally {
    await queue.deleteIfExists();
  }
}
