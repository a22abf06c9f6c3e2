import { DatabaseError } from '../database/databaseError.ts';
import { claimRun } from '../ledger/claim.ts';
import { keepDeadLetter, markDeadLetterPublished } from '../ledger/deadLetters.ts';
import { rejectIdleRun } from '../ledger/recordRun.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { endRun } from '../ledger/transitions.ts';
import { decodeBody } from '../messages/decode.ts';
import { encodeJobMessage, jobNamedBy, readJobMessage } from '../messages/jobMessage.ts';
import type { MessageProblem } from '../messages/problem.ts';
import { problemText } from '../messages/problem.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { messageRunId } from '../messages/runId.ts';
import { claimRequestOf } from './claimRequest.ts';
import { messageFor, type RunRequest } from './request.ts';
import { startedRunEvent, subjectOf, unstartedRunEvent } from './runEvents.ts';
import { tell } from './tell.ts';
import type { Worker } from './worker.ts';

/**
 * A message that no run can be made of. If it is one of our own for a run that waits in the ledger (whose job has been
 * removed or changed meanwhile), then that run ends with it; otherwise the message alone is rejected.
 */
export async function rejectRequest(
  worker: Worker,
  message: ReceivedMessage,
  problems: readonly MessageProblem[],
): Promise<void> {
  const decoded = decodeBody(message.body);
  const checked = decoded.ok ? readJobMessage(decoded.value) : decoded;
  if (!checked.ok || checked.message.nightshift === undefined) return rejectRun(worker, message, problems);
  const { job, database: name = '', scheduledFor = null, nightshift } = checked.message;
  const database = worker.databases.get(name);
  if (database === undefined) return rejectRun(worker, message, problems);

  const { runId } = nightshift;
  const reason = problems.map(problemText).join(' ');
  const subject = { source: worker.eventSource, runId, job, database: name, scheduledFor };
  const event = unstartedRunEvent('rejected', subject, nowOf(worker), reason, problems);
  const standing = await database.withConnection(async (connection) => {
    await checkSchemaVersion(database, connection);
    return rejectIdleRun(connection, runId, job, event);
  });
  if (standing === null) return rejectRun(worker, message, problems);
  await keepAndTell(worker, message, reason, problems, standing);
  worker.log.error(`${runId} was rejected: ${reason}`);
}

/** A message is told as rejected, and kept whole to be read back. */
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

/** A run that is well asked for and could not be had for too long. Its database may still be away. */
export async function giveUpRun(
  worker: Worker,
  message: ReceivedMessage,
  request: RunRequest,
  reason: string,
): Promise<void> {
  let ending: Ending;
  try {
    ending = await endRunAsDeadLetter(worker, request, reason);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    worker.log.warn(`The ledger could not be told that ${request.runId} was given up: ${error.message}`);
    ending = { state: 'ended', event: deadletteredEvent(worker, request, reason) };
  }
  switch (ending.state) {
    case 'finished':
      return tell(worker, ending.event);
    case 'alive':
      return carryOn(worker, request);
    case 'ended':
      await keepAndTell(worker, message, reason, [], ending.event);
      worker.log.error(`${request.runId} was given up: ${reason}`);
  }
}

/** The run waits for its time, or somebody is on it: its message goes on to where it belongs. */
export async function carryOn(worker: Worker, request: RunRequest): Promise<void> {
  const again = messageFor(request, request.attempt, request.deferrals + 1);
  await worker.sender.send(worker.queues.jobs, encodeJobMessage(again), { delaySeconds: 60 });
}

/** What became of a run that was to be given up. */
export type Ending =
  /** It is over now, with this event. */
  | { readonly state: 'ended'; readonly event: Uint8Array }
  /** It was over already. */
  | { readonly state: 'finished'; readonly event: Uint8Array }
  /** Another message or worker carries it on. */
  | { readonly state: 'alive' };

/**
 * Ends a run without running it, if nobody else is on it.
 *
 * @throws DatabaseError
 */
export async function endRunAsDeadLetter(
  worker: Worker,
  request: RunRequest,
  reason: string,
): Promise<Ending> {
  const database = worker.databases.get(request.database);
  if (database === undefined) throw new Error(`Database ${request.database} was checked and is gone.`);
  return database.withConnection(async (connection): Promise<Ending> => {
    await checkSchemaVersion(database, connection);
    const claim = await claimRun(connection, claimRequestOf(request));
    if (claim.decision === 'finished') return { state: 'finished', event: claim.event };
    if (!('run' in claim)) return { state: 'alive' };
    const subject = subjectOf(request, worker.eventSource);
    const event = startedRunEvent('deadlettered', subject, claim.run, claim.run.startedAt, {
      error: null,
      reason,
    });
    // As after every claim: a session that did not end its run must not live on.
    const moved = await endRun(connection, claim.run, 'deadlettered', null, event).finally(() =>
      connection.destroy(),
    );
    return moved ? { state: 'ended', event } : { state: 'alive' };
  });
}

function deadletteredEvent(worker: Worker, request: RunRequest, reason: string): Uint8Array {
  return unstartedRunEvent('deadlettered', subjectOf(request, worker.eventSource), nowOf(worker), reason);
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
