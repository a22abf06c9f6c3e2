import { type MessageProblem, problemText } from '../messages/problem.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { keepAndTell } from '../runs/deadLetter.ts';
import type { Worker } from '../runs/worker.ts';
import { rejectedQueryEvent } from './queryEvents.ts';

/** Told, and kept whole. Without a reply queue that can be read from it, the answer goes to the results queue. */
export async function rejectQuery(
  worker: Worker,
  message: ReceivedMessage,
  problems: readonly MessageProblem[],
  queryId = message.id,
  replyQueue: string | null = null,
): Promise<void> {
  const reason = problems.map(problemText).join(' ');
  const subject = { source: worker.eventSource, queryId, database: null };
  const event = rejectedQueryEvent(subject, new Date(worker.now()).toISOString(), reason, problems);
  await keepAndTell(worker, message, reason, problems, event, replyQueue);
  worker.log.error(`A message on ${message.queue} was rejected: ${reason}`);
}
