import type { QueueServiceClient } from '@azure/storage-queue';
import { type Decoded, decodeBody } from './decode.ts';
import { toQueueError } from './queueError.ts';

export interface PeekedMessage {
  readonly id: string;
  readonly insertedAt: Date;
  /** How often it has been received; 0 for one that nobody has taken yet. */
  readonly dequeueCount: number;
  readonly body: Decoded;
}

/** The service shows no more at once, and always those at the front. */
export const MOST_PEEKED = 32;

/**
 * Looks at the messages at the front of a queue; takes nothing from its consumer. Messages that are delayed, or
 * being worked on, are not shown.
 *
 * @param count from 1 to MOST_PEEKED
 * @throws QueueError
 */
export async function peekMessages(
  service: QueueServiceClient,
  queue: string,
  count = MOST_PEEKED,
): Promise<PeekedMessage[]> {
  try {
    const { peekedMessageItems } = await service
      .getQueueClient(queue)
      .peekMessages({ numberOfMessages: count });
    return peekedMessageItems.map(({ messageId, insertedOn, dequeueCount, messageText }) => ({
      id: messageId,
      insertedAt: insertedOn,
      dequeueCount,
      body: decodeBody(new TextEncoder().encode(messageText)),
    }));
  } catch (error) {
    throw toQueueError(error, queue);
  }
}
