import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { deadLetterQuery } from '../queries/deadLetterQuery.ts';
import { deadLetterRun, rejectRun } from './deadLetter.ts';
import { readRequest } from './runJob.ts';
import type { Worker } from './worker.ts';

/**
 * One delivery from a poison queue. The host makes no poison queue for a poison queue: what cannot be kept now (the
 * home database is away) stays there and comes again after its lock, some ten minutes later, for as long as it takes.
 */
export async function receiveDeadLetter(worker: Worker, message: ReceivedMessage): Promise<void> {
  const reason = 'The host gave it up after too many deliveries that ended without an answer.';
  if (message.queue === `${worker.queues.queries}-poison`) return deadLetterQuery(worker, message, reason);
  const requested = readRequest(worker, message);
  return requested.ok
    ? deadLetterRun(worker, message, requested.request, reason)
    : rejectRun(worker, message, requested.problems);
}
