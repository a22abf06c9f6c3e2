import { RestError } from '@azure/storage-queue';

/**
 * - `missing`: there is no such queue (a reply queue may have been deleted by whoever waited on it).
 * - `denied`: the storage refuses us; trying again does not help before somebody grants the right.
 * - `away`: no route, no token, no answer, or an answer that says to come back later.
 * - `refused`: the request itself is wrong, such as a message that is too large.
 */
export type QueueErrorKind = 'missing' | 'denied' | 'away' | 'refused';

export class QueueError extends Error {
  override readonly name = 'QueueError';
  readonly kind: QueueErrorKind;
  readonly queue: string;

  constructor(kind: QueueErrorKind, queue: string, message: string, cause: Error) {
    super(message, { cause });
    this.kind = kind;
    this.queue = queue;
  }
}

/**
 * Says what is wrong and what to do, without anything secret: the SDK's error holds the whole request, whose
 * address may carry a shared access signature, so that only its code, status and request id go on as the cause.
 */
export function toQueueError(error: unknown, queue: string): QueueError {
  if (!(error instanceof RestError)) {
    // From the token source, or an abort: both mean that the storage was not even asked.
    const reason = error instanceof Error ? error : new Error(String(error));
    return new QueueError('away', queue, `The queue ${queue} cannot be reached: ${reason.message}`, reason);
  }
  const kind = kindOf(error);
  const code = error.code ?? 'no code';
  const requestId = error.response?.headers.get('x-ms-request-id') ?? 'none';
  const cause = new Error(`${code}, HTTP status ${error.statusCode ?? 'none'}, request id ${requestId}`);
  return new QueueError(kind, queue, messageFor(kind, queue, code), cause);
}

function kindOf({ statusCode }: RestError): QueueErrorKind {
  if (statusCode === 404) return 'missing';
  if (statusCode === 401 || statusCode === 403) return 'denied';
  // 409 QueueBeingDeleted goes away by itself, within a minute.
  if (statusCode === undefined || statusCode >= 500 || [408, 409, 429].includes(statusCode)) return 'away';
  return 'refused';
}

function messageFor(kind: QueueErrorKind, queue: string, code: string): string {
  switch (kind) {
    case 'missing':
      return `There is no queue ${queue}. Create it, or correct the setting that names it.`;
    case 'denied':
      return (
        `The storage account refuses access to the queue ${queue} (${code}). The identity needs the role ` +
        '"Storage Queue Data Contributor" on it; with a connection string, its key must be the current one.'
      );
    case 'away':
      return `The queue ${queue} cannot be reached (${code}). Look whether the storage account is up and its address right.`;
    case 'refused':
      return `The storage account did not take the request for the queue ${queue} (${code}).`;
  }
}
