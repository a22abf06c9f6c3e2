import { setTimeout } from 'node:timers/promises';
import type { Connection, Database } from '../database/connection.ts';
import { type Claim, type ClaimedRun, claimRun } from '../ledger/claim.ts';
import { skipRun } from '../ledger/transitions.ts';
import { Attempting } from './attempting.ts';
import { busyDelaySeconds } from './backoff.ts';
import { claimRequestOf } from './claimRequest.ts';
import { endOverdueSession } from './endSession.ts';
import type { Hold } from './hold.ts';
import type { Next } from './next.ts';
import type { RunRequest } from './request.ts';
import { subjectOf, unstartedRunEvent } from './runEvents.ts';
import type { Worker } from './worker.ts';

/**
 * Takes a run as far as it goes now: claims it, runs its SQL, writes what came of it. All of it on one
 * connection, whose session holds the run's lock.
 *
 * @param hold why it must not start, if it has not; null: nothing speaks against it
 * @param claimed called once the claim is committed: from then on a lost connection is a lost attempt
 */
export async function advance(
  database: Database,
  connection: Connection,
  request: RunRequest,
  hold: Hold | null,
  worker: Pick<Worker, 'random' | 'eventSource' | 'now' | 'stopping'>,
  claimed: () => void,
): Promise<Next> {
  const claim = await claimWhenDue(connection, request, hold !== null);
  if ('run' in claim) {
    claimed();
    const attempt = new Attempting(database, connection, request, claim.run, worker);
    return endingSession(connection, request, () => attempt.carryOut(claim.decision));
  }
  return withoutRunning(connection, request, claim, hold, worker);
}

/**
 * A session that claimed a run and did not write what came of it must not live on: the ledger takes it to be still at
 * work on that run. Nor is one used again that ran SQL outside a transaction.
 */
async function endingSession(
  connection: Connection,
  request: RunRequest,
  work: () => Promise<Next>,
): Promise<Next> {
  try {
    const next = await work();
    if (!request.job.transaction) connection.destroy();
    return next;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** A queue delays by whole seconds: what is left of the last one is waited for here, so that a run starts on time. */
const SHORT_WAIT_SECONDS = 1.5;

async function claimWhenDue(connection: Connection, request: RunRequest, skip: boolean): Promise<Claim> {
  const claim = await claimRun(connection, claimRequestOf(request, skip));
  if (claim.decision !== 'early' || claim.waitSeconds > SHORT_WAIT_SECONDS) return claim;
  await setTimeout(claim.waitSeconds * 1000);
  return claimRun(connection, claimRequestOf(request, skip));
}

async function withoutRunning(
  connection: Connection,
  request: RunRequest,
  claim: Exclude<Claim, { run: ClaimedRun }>,
  hold: Hold | null,
  worker: Pick<Worker, 'random' | 'eventSource' | 'now'>,
): Promise<Next> {
  const requeue = (delaySeconds: number, why: string, attempt = request.attempt): Next => ({
    do: 'requeue',
    attempt,
    delaySeconds,
    why,
  });
  const waitedMs = Math.max(0, worker.now() - Date.parse(request.firstSeenAt));
  switch (claim.decision) {
    case 'finished':
      return { do: 'publish', event: claim.event, known: true };
    case 'superseded':
      return requeue(claim.waitSeconds, `attempt ${claim.attempt} is the next one`, claim.attempt);
    case 'early':
      return requeue(claim.waitSeconds, 'it is not time yet');
    case 'busy': {
      const ended = claim.overdue !== null && (await endOverdueSession(connection, claim.overdue));
      return ended
        ? requeue(1, 'a session that held it past its deadline was ended')
        : requeue(busyDelaySeconds(waitedMs, worker.random()), 'another worker is on it');
    }
    case 'queued':
      return requeue(busyDelaySeconds(waitedMs, worker.random()), 'an earlier run of the job is not done');
    case 'overlap':
      return skip(connection, request, claim.id, overlapping(request), worker);
    case 'skip':
      if (hold === null) throw new Error('The claim was asked to skip without a reason.');
      return skip(connection, request, claim.id, hold, worker);
    case 'conflict':
      return { do: 'reject' };
  }
}

function overlapping({ job }: RunRequest): Hold {
  const reason = `Another run of ${job.name} had not ended at its time (overlap: skip).`;
  return { outcome: 'skipped', reason };
}

async function skip(
  connection: Connection,
  request: RunRequest,
  id: string,
  { outcome, reason }: Hold,
  worker: Pick<Worker, 'eventSource' | 'now'>,
): Promise<Next> {
  const at = new Date(worker.now()).toISOString();
  const event = unstartedRunEvent(outcome, subjectOf(request, worker.eventSource), at, reason);
  return (await skipRun(connection, id, outcome, event))
    ? { do: 'publish', event }
    : { do: 'requeue', attempt: request.attempt, delaySeconds: 1, why: 'the run has moved on' };
}
