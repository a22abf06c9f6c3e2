import { DatabaseError } from '../database/databaseError.ts';
import { claimRun } from '../ledger/claim.ts';
import { keepDeadLetter, markDeadLetterPublished } from '../ledger/deadLetters.ts';
import { endRun } from '../ledger/transitions.ts';
import { decodeBody } from '../messages/decode.ts';
import { jobNamedBy } from '../messages/jobMessage.ts';
import type { MessageProblem } from '../messages/problem.ts';
import { problemText } from '../messages/problem.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { messageRunId } from '../messages/runId.ts';
import { claimRequestOf } from './claimRequest.ts';
import type { RunRequest } from './request.ts';
import { type RunSubject, startedRunEvent, subjectOf, unstartedRunEvent } from './runEvents.ts';
import { tell } from './tell.ts';
import type { Worker } from './worker.ts';

/** A message that no run can be made of: told as rejected, and kept whole to be read back. */
export async function rejectRun(
  worker: Worker,
  message: ReceivedMessage,
  problems: readonly MessageProblem[],
): Promise<void> {
  const decoded = decodeBody(message.body);
  const subject = {
    source: worker.eventSource,
    // Not the runId that it brings: a run of that id may well exist, and this is not its outcome.
    runId: messageRunId(message.id),
    job: decoded.ok ? jobNamedBy(decoded.value) : null,
    database: null,
    scheduledFor: null,
  };
  const reason = problems.map(problemText).join(' ');
  await keepAndTell(
    worker,
    message,
    reason,
    problems,
    unstartedRunEvent('rejected', subject, nowOf(worker), reason, problems),
  );
  worker.log.error(`A message on ${message.queue} was rejected: ${reason}`);
}

/** A run that is well asked for and cannot be had: its row, if it has one, ends with it. */
export async function deadLetterRun(
  worker: Worker,
  message: ReceivedMessage,
  request: RunRequest,
  reason: string,
): Promise<void> {
  const event = await endAsDeadLetter(worker, request, reason);
  await keepAndTell(worker, message, reason, [], event);
  worker.log.error(`${request.runId} was given up: ${reason}`);
}

/**
 * The ledger may know the run, and may be away: then there is no row to end, or none that can be reached, and
 * the dead letter alone tells it.
 */
async function endAsDeadLetter(worker: Worker, request: RunRequest, reason: string): Promise<Uint8Array> {
  const subject: RunSubject = subjectOf(request, worker.eventSource);
  const unstarted = unstartedRunEvent('deadlettered', subject, nowOf(worker), reason);
  const database = worker.databases.get(request.database);
  if (database === undefined) return unstarted;
  try {
    return await database.withConnection(async (connection) => {
      const claim = await claimRun(connection, claimRequestOf(request));
      if (claim.decision === 'finished') return claim.event;
      if (claim.decision !== 'claimed' && claim.decision !== 'crashed') return unstarted;
      const event = startedRunEvent('deadlettered', subject, claim.run, claim.run.startedAt, {
        error: null,
        reason,
      });
      const moved = await endRun(connection, claim.run, 'deadlettered', null, event);
      return moved ? event : unstarted;
    });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    worker.log.warn(`The ledger could not be told that ${request.runId} was given up: ${error.message}`);
    return unstarted;
  }
}

/** Kept first, told second: a crash between them tells it again on the next delivery. */
export async function keepAndTell(
  worker: Worker,
  message: ReceivedMessage,
  reason: string,
  problems: readonly MessageProblem[],
  event: Uint8Array,
  replyQueue: string | null = null,
): Promise<void> {
  const standing = await worker.home.withConnection((connection) =>
    keepDeadLetter(connection, message, reason, problems, event),
  );
  await tell(worker, standing, replyQueue);
  worker.background(
    worker.home.withConnection((connection) =>
      markDeadLetterPublished(connection, message.queue, message.id),
    ),
  );
}

function nowOf(worker: Worker): string {
  return new Date(worker.now()).toISOString();
}
