import { DatabaseError } from '../database/databaseError.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { decodeBody } from '../messages/decode.ts';
import { readHeartbeat } from '../messages/heartbeat.ts';
import { encodeJobMessage, type JobMessage, readJobMessage } from '../messages/jobMessage.ts';
import { QueueError } from '../messages/queueError.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { isOccurrenceRun } from '../messages/runId.ts';
import { receiveHeartbeat } from '../schedule/heartbeat.ts';
import { isDueAt } from '../schedule/parsedSchedules.ts';
import { advance } from './advance.ts';
import { deferralDelaySeconds } from './backoff.ts';
import { callNext } from './callNext.ts';
import { giveUpRun, rejectRequest, rejectRun } from './deadLetter.ts';
import { holdOf } from './hold.ts';
import type { Next } from './next.ts';
import { publishRun } from './publishRun.ts';
import { messageFor, type Requested, type RunRequest, requestOf } from './request.ts';
import type { Worker } from './worker.ts';

/**
 * One delivery of a message from the jobs queue. When it returns, the message may be deleted: whatever is left to do
 * stands in the ledger or in another message.
 *
 * @throws what keeps a message from being answered at all (the queue service, the home database for a message that
 *   has to be kept): the host then delivers it again
 */
export async function runJob(worker: Worker, message: ReceivedMessage): Promise<void> {
  const requested = readRequest(worker, message);
  if ('heartbeat' in requested) return receiveHeartbeat(worker, message, requested.heartbeat);
  if (!requested.ok) {
    const { newer } = requested;
    return newer ? deferToNewerBuild(worker, newer) : rejectRequest(worker, message, requested.problems);
  }
  if ('fanOut' in requested) return fanOut(worker, requested.fanOut);
  const { request } = requested;
  if (isOfNewerBuild(worker, request)) return deferToNewerBuild(worker, request.message);
  const next = await tryAdvance(worker, request);
  switch (next.do) {
    case 'publish':
      // Not for an outcome that is told again, or each copy of a message would make a copy of the next one's.
      if (request.job.overlap === 'queue' && !next.known) worker.background(callNext(worker, request));
      return publishOrWait(worker, message, request, next.event);
    case 'requeue':
      return requeue(worker, message, request, next);
    case 'reject':
      return rejectRun(worker, message, [
        {
          path: 'runId',
          message: `${request.runId} was used for something else: another job, database or parameters. Choose another id, or leave it out.`,
        },
      ]);
  }
}

/** A results queue that is away, or gone, is no reason to give up a run that is done. */
async function publishOrWait(
  worker: Worker,
  message: ReceivedMessage,
  request: RunRequest,
  event: Uint8Array,
): Promise<void> {
  try {
    await publishRun(worker, request, event);
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    const delaySeconds = deferralDelaySeconds(request.deferrals, worker.random());
    const { attempt } = request;
    const why = error.message;
    await requeue(worker, message, request, { do: 'requeue', attempt, delaySeconds, why, away: true });
  }
}

export type ReadRequest =
  | (Requested & {
      /** Set where it is a message of our own that another build's catalog may know how to run. */
      readonly newer?: JobMessage;
    })
  /** Not a run: the sign of life that a tick left, ISO 8601. */
  | { readonly ok: true; readonly heartbeat: string };

/** From bytes to a run, or everything that is wrong with them. */
export function readRequest(worker: Worker, message: ReceivedMessage): ReadRequest {
  const decoded = decodeBody(message.body);
  if (!decoded.ok) return { ok: false, problems: [{ path: '', message: decoded.reason }] };
  const heartbeat = readHeartbeat(decoded.value);
  if (heartbeat !== null) return { ok: true, heartbeat };
  const checked = readJobMessage(decoded.value);
  if (!checked.ok) return checked;
  const databases = [...worker.databases.keys()];
  const requested = requestOf(checked.message, message.id, worker.catalog, databases, worker.now());
  const own = checked.message.nightshift;
  const isNewer = !requested.ok && own !== undefined && own.catalog !== worker.catalog.hash;
  return isNewer && own.deferrals < DEPLOYMENT_DEFERRALS
    ? { ...requested, newer: checked.message }
    : requested;
}

/** Away is not failed: what goes wrong before the claim is committed has not touched the run. */
async function tryAdvance(worker: Worker, request: RunRequest): Promise<Next> {
  const database = worker.databases.get(request.database);
  if (database === undefined) throw new Error(`Database ${request.database} was checked and is gone.`);
  let claimed = false;
  try {
    const hold = await holdOf(worker, request);
    return await database.withConnection(async (connection) => {
      await checkSchemaVersion(database, connection);
      return advance(database, connection, request, hold, worker, () => {
        claimed = true;
      });
    });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    // After the claim the ledger knows more than we do: the next delivery asks it, soon.
    const next = { do: 'requeue', attempt: request.attempt, why: error.message } as const;
    return claimed
      ? { ...next, delaySeconds: 2 }
      : { ...next, delaySeconds: deferralDelaySeconds(request.deferrals, worker.random()), away: true };
  }
}

/** One message for each database. Sent twice after a crash, they are the same runs. */
export async function fanOut(worker: Worker, messages: readonly JobMessage[]): Promise<void> {
  for (const message of messages) await worker.sender.send(worker.queues.jobs, encodeJobMessage(message));
}

async function requeue(
  worker: Worker,
  message: ReceivedMessage,
  request: RunRequest,
  next: Extract<Next, { do: 'requeue' }>,
): Promise<void> {
  const { attempt, delaySeconds, why, away } = next;
  const sameAttempt = attempt === request.attempt;
  if (sameAttempt && worker.now() - Date.parse(request.firstSeenAt) > worker.maxDeferralMs) {
    return giveUpRun(
      worker,
      message,
      request,
      `It could not be run for ${worker.maxDeferralMs / 3_600_000} hours. The last obstacle: ${why}`,
    );
  }
  const again = messageFor(request, attempt, away ? request.deferrals + 1 : 0);
  await worker.sender.send(worker.queues.jobs, encodeJobMessage(again), { delaySeconds });
  worker.log.warn(`${request.runId} goes back to the queue for ${Math.round(delaySeconds)} s: ${why}`);
}

/** An occurrence that this build's schedule does not have: the build that planned it may. */
function isOfNewerBuild(worker: Worker, { job, runId, scheduledFor, message }: RunRequest): boolean {
  const own = message.nightshift;
  if (own === undefined || own.catalog === worker.catalog.hash || own.deferrals >= DEPLOYMENT_DEFERRALS)
    return false;
  return isOccurrenceRun(runId) && scheduledFor !== null && !isDueAt(worker.catalog, job, scheduledFor);
}

/** Ten of a minute each: longer than a deployment's old workers live. */
const DEPLOYMENT_DEFERRALS = 10;

/** While a deployment rolls out, an older worker may meet a message of the newer catalog: not its to judge. */
async function deferToNewerBuild(worker: Worker, message: JobMessage): Promise<void> {
  const { nightshift: own } = message;
  if (own === undefined) return;
  const again = { ...message, nightshift: { ...own, deferrals: own.deferrals + 1 } };
  await worker.sender.send(worker.queues.jobs, encodeJobMessage(again), { delaySeconds: 60 });
  worker.log.warn(`${own.runId} was planned by another build; it goes back to the queue for a minute.`);
}
