import { DatabaseError } from '../database/databaseError.ts';
import { QueueError } from '../messages/queueError.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { deadLetterQuery } from '../queries/deadLetterQuery.ts';
import { carryOn, endRunAsDeadLetter, keepAndTell, rejectRequest } from './deadLetter.ts';
import { publishRun } from './publishRun.ts';
import { fanOut, readRequest } from './runJob.ts';
import type { Worker } from './worker.ts';

const REASON = 'The host gave it up after too many deliveries that ended without an answer.';

/**
 * How long a dead letter waits for a database, or a results queue, that is away. It is sent anew for that: the host invokes a message of a
 * poison queue at most maxDequeueCount times, and lets its copies expire after seven days.
 */
const AWAY_SECONDS = 300;

/** One delivery from a poison queue. */
export async function receiveDeadLetter(worker: Worker, message: ReceivedMessage): Promise<void> {
  try {
    await keepOrCarryOn(worker, message);
  } catch (error) {
    const isAway = error instanceof QueueError || (error instanceof DatabaseError && error.kind !== 'sql');
    if (!isAway) throw error;
    await worker.sender.send(message.queue, message.body, { delaySeconds: AWAY_SECONDS, asReceived: true });
    worker.log.warn(`A dead letter waits ${AWAY_SECONDS} s on ${message.queue}: ${error.message}`);
  }
}

async function keepOrCarryOn(worker: Worker, message: ReceivedMessage): Promise<void> {
  if (message.queue === `${worker.queues.queries}-poison`) return deadLetterQuery(worker, message, REASON);
  const requested = readRequest(worker, message);
  if (!requested.ok) return rejectRequest(worker, message, requested.problems);
  if ('heartbeat' in requested) return;
  if ('fanOut' in requested) return fanOut(worker, requested.fanOut);
  const { request } = requested;
  const ending = await endRunAsDeadLetter(worker, request, REASON);
  switch (ending.state) {
    case 'finished':
      // Ended as a dead letter by a delivery that died before it kept the message.
      if (isDeadLettered(ending.event)) return keepAndTell(worker, message, REASON, [], ending.event);
      return publishRun(worker, request, ending.event);
    case 'alive':
      return carryOn(worker, request);
    case 'ended':
      await keepAndTell(worker, message, REASON, [], ending.event);
      worker.log.error(`${request.runId} was given up: ${REASON}`);
  }
}

function isDeadLettered(event: Uint8Array): boolean {
  // The ledger's own events.
  const { type } = JSON.parse(Buffer.from(event).toString()) as { type: string };
  return type === 'nightshift.run.deadlettered';
}
