import { decodeBody } from '../messages/decode.ts';
import { ownError } from '../messages/ownError.ts';
import { readQueryMessage } from '../messages/queryMessage.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { keepAndTell } from '../runs/deadLetter.ts';
import type { Worker } from '../runs/worker.ts';
import { queryEvent } from './queryEvents.ts';
import { rejectQuery } from './rejectQuery.ts';

/** A query that ended no delivery: kept, and told as failed. */
export async function deadLetterQuery(
  worker: Worker,
  message: ReceivedMessage,
  reason: string,
): Promise<void> {
  const decoded = decodeBody(message.body);
  const checked = decoded.ok
    ? readQueryMessage(decoded.value, worker.queues.results)
    : ({ ok: false, problems: [{ path: '', message: decoded.reason }] } as const);
  if (!checked.ok) return rejectQuery(worker, message, checked.problems);
  const { queryId = message.id, database } = checked.message;
  const subject = { source: worker.eventSource, queryId, database };
  const at = new Date(worker.now()).toISOString();
  const event = queryEvent(subject, null, at, { error: ownError(reason) });
  await keepAndTell(worker, message, reason, [], event);
}
