import type { QueueServiceClient } from '@azure/storage-queue';
import { toQueueError } from './queueError.ts';

export type MessageEncoding = 'base64' | 'none';

export interface QueueSender {
  /**
   * @param body UTF-8; at most 49,152 bytes
   * @param options delaySeconds: until the message can be received, whole seconds (rounded up); 0 by default, and
   *   never more than MAX_DELAY_SECONDS; asReceived: the body is a message's own, to be sent on as it came
   * @throws QueueError
   */
  send(
    queue: string,
    body: Uint8Array,
    options?: { readonly delaySeconds?: number; readonly asReceived?: boolean },
  ): Promise<void>;
}

/** The service's limit: 7 days (learn.microsoft.com/rest/api/storageservices/put-message). */
export const MAX_DELAY_SECONDS = 7 * 24 * 60 * 60;

/** The service's word for "never expires"; by default a message is gone after 7 days. */
const NEVER = -1;

/**
 * @param encoding `base64` is what the Functions host's default expects of a message; `none` sends the text
 */
export function createQueueSender(service: QueueServiceClient, encoding: MessageEncoding): QueueSender {
  return {
    async send(queue, body, { delaySeconds = 0, asReceived = false } = {}) {
      const text = Buffer.from(body).toString(encoding === 'base64' && !asReceived ? 'base64' : 'utf8');
      const visibilityTimeout = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delaySeconds)));
      try {
        await service
          .getQueueClient(queue)
          .sendMessage(text, { messageTimeToLive: NEVER, visibilityTimeout });
      } catch (error) {
        throw toQueueError(error, queue);
      }
    },
  };
}
