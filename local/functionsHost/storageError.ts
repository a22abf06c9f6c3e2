import { RestError } from '@azure/storage-queue';

/** The message was taken over (another pop receipt), or it or its queue is no longer there, or being deleted. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof RestError &&
    ['MessageNotFound', 'PopReceiptMismatch', 'QueueNotFound', 'QueueBeingDeleted', 'QueueDisabled'].includes(
      error.code ?? '',
    )
  );
}

export function isQueueMissing(error: unknown): boolean {
  return error instanceof RestError && error.code === 'QueueNotFound';
}
