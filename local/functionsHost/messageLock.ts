import type { QueueClient } from '@azure/storage-queue';
import { isGone } from './storageError.ts';

export interface MessageLock {
  /** Stops renewing, waits for a renewal under way, and gives the receipt that is valid now. */
  release(): Promise<string>;
}

/**
 * Keeps a message hidden while it is being processed: every half of the lock's time its visibility is set to the
 * whole again, which also changes its pop receipt (QueueListener.cs, CreateUpdateMessageVisibilityTimer).
 */
export function holdMessageLock(
  queue: QueueClient,
  message: { readonly messageId: string; readonly popReceipt: string },
  lockSeconds: number,
  onTrouble: (error: unknown) => void,
): MessageLock {
  let popReceipt = message.popReceipt;
  let released = false;
  let renewal = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const schedule = (ms: number) => {
    timer = setTimeout(() => {
      renewal = renew(ms);
    }, ms);
  };
  const renew = async (waitedMs: number) => {
    try {
      const renewed = await queue.updateMessage(message.messageId, popReceipt, undefined, lockSeconds);
      popReceipt = renewed.popReceipt ?? popReceipt;
      if (!released) schedule(lockSeconds * 500);
    } catch (error) {
      onTrouble(error);
      // Taken over or deleted by someone else: the lock is lost for good. Otherwise try sooner.
      if (!released && !isGone(error)) schedule(Math.max(waitedMs / 2, 500));
    }
  };
  schedule(lockSeconds * 500);

  return {
    async release() {
      released = true;
      clearTimeout(timer);
      await renewal;
      return popReceipt;
    },
  };
}
