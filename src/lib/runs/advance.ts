import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Connection } from '../database/connection.ts';
import { type Claim, type ClaimedRun, claimRun } from '../ledger/claim.ts';
import { endRun, retryRun } from '../ledger/transitions.ts';
import type { AttemptError, ErrorData, ResultData, StatementResult } from '../messages/resultData.ts';
import { ownError } from './attempt.ts';
import { busyDelaySeconds, retryDelaySeconds } from './backoff.ts';
import { claimRequestOf, MAX_CRASHES } from './claimRequest.ts';
import { endOverdueSession } from './overdueSession.ts';
import type { RunRequest } from './request.ts';
import { startedRunEvent, subjectOf } from './runEvents.ts';
import { runInAutocommit } from './runInAutocommit.ts';
import { runInTransaction } from './runInTransaction.ts';
import type { Worker } from './worker.ts';

/** What is left to do once the database knows all it should. */
export type Next =
  | { readonly do: 'publish'; readonly event: Uint8Array }
  /** The message goes back to the queue: as another attempt, or as the same one to look again later. */
  | { readonly do: 'requeue'; readonly attempt: number; readonly delaySeconds: number; readonly why: string }
  /** The run id was used for another job, database or parameters. */
  | { readonly do: 'reject' };

/**
 * Takes a run as far as it goes now: claims it, runs its SQL, writes what came of it. All of it on one
 * connection, whose session holds the run's lock.
 *
 * @param claimed called once the claim is committed: from then on a lost connection is a lost attempt
 */
export async function advance(
  connection: Connection,
  request: RunRequest,
  worker: Pick<Worker, 'random' | 'eventSource'>,
  claimed: () => void,
): Promise<Next> {
  const claim = await claimWhenDue(connection, request);
  if ('run' in claim) {
    claimed();
    const attempt = new Attempting(connection, request, claim.run, worker);
    return claim.decision === 'claimed' ? attempt.run() : attempt.giveUp();
  }
  return withoutRunning(connection, request, claim, worker.random);
}

/** A queue delays by whole seconds: what is left of the last one is waited for here, so that a run starts on time. */
const SHORT_WAIT_SECONDS = 1.5;

async function claimWhenDue(connection: Connection, request: RunRequest): Promise<Claim> {
  const claim = await claimRun(connection, claimRequestOf(request));
  if (claim.decision !== 'early' || claim.waitSeconds > SHORT_WAIT_SECONDS) return claim;
  await setTimeout(claim.waitSeconds * 1000);
  return claimRun(connection, claimRequestOf(request));
}

async function withoutRunning(
  connection: Connection,
  request: RunRequest,
  claim: Exclude<Claim, { run: ClaimedRun }>,
  random: () => number,
): Promise<Next> {
  switch (claim.decision) {
    case 'finished':
      return { do: 'publish', event: claim.event };
    case 'superseded':
      return {
        do: 'requeue',
        attempt: claim.attempt,
        delaySeconds: claim.waitSeconds,
        why: `attempt ${claim.attempt} is the next one`,
      };
    case 'early':
      return {
        do: 'requeue',
        attempt: request.attempt,
        delaySeconds: claim.waitSeconds,
        why: 'it is not time yet',
      };
    case 'busy': {
      const ended = claim.overdue !== null && (await endOverdueSession(connection, claim.overdue));
      return {
        do: 'requeue',
        attempt: request.attempt,
        delaySeconds: ended ? 1 : busyDelaySeconds(request.deferrals, random()),
        why: ended ? 'a session that held it past its deadline was ended' : 'another worker is on it',
      };
    }
    case 'conflict':
      return { do: 'reject' };
  }
}

/** One attempt, from its claim to the transition that ends it. */
class Attempting {
  readonly #connection: Connection;
  readonly #request: RunRequest;
  readonly #run: ClaimedRun;
  readonly #worker: Pick<Worker, 'random' | 'eventSource'>;
  readonly #startedAt = performance.now();

  constructor(
    connection: Connection,
    request: RunRequest,
    run: ClaimedRun,
    worker: Pick<Worker, 'random' | 'eventSource'>,
  ) {
    this.#connection = connection;
    this.#request = request;
    this.#run = run;
    this.#worker = worker;
  }

  async run(): Promise<Next> {
    const { job } = this.#request;
    const attempt = job.transaction
      ? await runInTransaction(this.#connection, job, this.#run, (result) => this.#succeeded(result))
      : await runInAutocommit(this.#connection, job, this.#run);
    switch (attempt.kind) {
      case 'committed':
        return { do: 'publish', event: attempt.event };
      case 'done':
        return this.#end('succeeded', null, this.#succeeded(attempt.result));
      case 'failed':
        return this.#failed(attempt.error, attempt.statements);
      case 'stale':
        return this.#lookAgain();
    }
  }

  /** Its workers died too often. */
  async giveUp(): Promise<Next> {
    const error = ownError(`The worker died ${MAX_CRASHES + 1} times while it ran this; it is given up.`, {
      file: this.#request.job.file,
      hint: 'Look for what ends the worker: memory, a very large result, or a function timeout shorter than the job.',
    });
    return this.#end('failed', null, this.#event('failed', { error }));
  }

  async #failed(error: ErrorData, statements: readonly StatementResult[]): Promise<Next> {
    const { retry } = this.#request.job;
    const failures = this.#run.failures + 1;
    const told: AttemptError = { attempt: this.#run.attempt, at: this.#now(), ...error };
    if (!error.retryable || failures >= retry.attempts) {
      return this.#end('failed', told, this.#event('failed', { error, statements: [...statements] }));
    }
    const delaySeconds = retryDelaySeconds(retry, failures, this.#worker.random());
    const moved = await retryRun(this.#connection, this.#run, told, delaySeconds);
    if (!moved) return this.#lookAgain();
    const why = `attempt ${this.#run.attempt} failed: ${error.message}`;
    return { do: 'requeue', attempt: this.#run.attempt + 1, delaySeconds, why };
  }

  async #end(outcome: 'succeeded' | 'failed', error: AttemptError | null, event: Uint8Array): Promise<Next> {
    const moved = await endRun(this.#connection, this.#run, outcome, error, event);
    return moved ? { do: 'publish', event } : this.#lookAgain();
  }

  /** The ledger has moved on without us: whatever it says now, the next delivery reads it there. */
  #lookAgain(): Next {
    const { attempt } = this.#request;
    return { do: 'requeue', attempt, delaySeconds: 1, why: 'this attempt is not the current one any more' };
  }

  #succeeded(result: ResultData): Uint8Array {
    return this.#event('succeeded', { ...result, error: null });
  }

  #event(
    outcome: 'succeeded' | 'failed',
    rest: Partial<ResultData> & { error: ErrorData | null },
  ): Uint8Array {
    return startedRunEvent(
      outcome,
      subjectOf(this.#request, this.#worker.eventSource),
      this.#run,
      this.#now(),
      rest,
    );
  }

  /** The database's clock, carried on by ours, which need not be right but only steady. */
  #now(): string {
    const elapsedMs = performance.now() - this.#startedAt;
    return new Date(Date.parse(this.#run.startedAt) + elapsedMs).toISOString();
  }
}
