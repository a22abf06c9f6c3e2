import { performance } from 'node:perf_hooks';
import type { Connection, Database } from '../database/connection.ts';
import { DatabaseError } from '../database/databaseError.ts';
import type { Claim, ClaimedRun } from '../ledger/claim.ts';
import { endRun, handBackRun, retryRun } from '../ledger/transitions.ts';
import { ownError } from '../messages/ownError.ts';
import type { AttemptError, ErrorData, ResultData, StatementResult } from '../messages/resultData.ts';
import { transactionEnded } from './attempt.ts';
import { retryDelaySeconds } from './backoff.ts';
import { MAX_CRASHES } from './claimRequest.ts';
import { endSession } from './endSession.ts';
import type { Next } from './next.ts';
import type { RunRequest } from './request.ts';
import { startedRunEvent, subjectOf } from './runEvents.ts';
import { runInAutocommit } from './runInAutocommit.ts';
import { runInTransaction } from './runInTransaction.ts';
import type { Worker } from './worker.ts';

/** One attempt, from its claim to the transition that ends it. */
export class Attempting {
  readonly #database: Database;
  readonly #connection: Connection;
  readonly #request: RunRequest;
  readonly #run: ClaimedRun;
  readonly #worker: Pick<Worker, 'random' | 'eventSource' | 'stopping'>;
  readonly #startedAt = performance.now();

  constructor(
    database: Database,
    connection: Connection,
    request: RunRequest,
    run: ClaimedRun,
    worker: Pick<Worker, 'random' | 'eventSource' | 'stopping'>,
  ) {
    this.#database = database;
    this.#connection = connection;
    this.#request = request;
    this.#run = run;
    this.#worker = worker;
  }

  carryOut(decision: Extract<Claim, { run: ClaimedRun }>['decision']): Promise<Next> {
    switch (decision) {
      case 'claimed':
        return this.#attempt();
      case 'crashed':
        return this.#giveUp();
      case 'torn':
        return this.#failed(transactionEnded(this.#request.job), []);
    }
  }

  async #attempt(): Promise<Next> {
    const { job } = this.#request;
    const attempt = job.transaction
      ? await runInTransaction(this.#connection, job, this.#run, this.#worker.stopping, (result) =>
          this.#succeeded(result),
        )
      : await runInAutocommit(this.#connection, job, this.#run, this.#worker.stopping);
    switch (attempt.kind) {
      case 'committed':
        return { do: 'publish', event: attempt.event };
      case 'done':
        return this.#end('succeeded', null, this.#succeeded(attempt.result));
      case 'failed':
        return this.#failed(attempt.error, attempt.statements);
      case 'interrupted':
        return this.#handBack();
      case 'stale':
        return this.#lookAgain();
    }
  }

  /** Its workers died too often. */
  async #giveUp(): Promise<Next> {
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
    const moved = await this.#settle((connection) => retryRun(connection, this.#run, told, delaySeconds));
    if (!moved) return this.#lookAgain();
    const why = `attempt ${this.#run.attempt} failed: ${error.message}`;
    return { do: 'requeue', attempt: this.#run.attempt + 1, delaySeconds, why };
  }

  /** Neither a failure nor a crash: another worker takes it from here, at once. */
  async #handBack(): Promise<Next> {
    const error = ownError('The worker was asked to stop, and handed the run back.', { retryable: true });
    const told: AttemptError = { attempt: this.#run.attempt, at: this.#now(), ...error };
    const moved = await this.#settle((connection) => handBackRun(connection, this.#run, told));
    if (!moved) return this.#lookAgain();
    return { do: 'requeue', attempt: this.#run.attempt + 1, delaySeconds: 0, why: error.message };
  }

  async #end(outcome: 'succeeded' | 'failed', error: AttemptError | null, event: Uint8Array): Promise<Next> {
    const moved = await this.#settle((connection) => endRun(connection, this.#run, outcome, error, event));
    return moved ? { do: 'publish', event } : this.#lookAgain();
  }

  /**
   * One transition, on the run's own session, or on another where that had to be ended. Safe to send twice: it is
   * guarded by the state that it leaves.
   */
  async #settle(transition: (connection: Connection) => Promise<boolean>): Promise<boolean> {
    try {
      return await transition(this.#connection);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.kind !== 'lost') throw error;
      return this.#database.withConnection(async (connection) => {
        // It may still be at it on the server, and hold the run's row.
        await endSession(connection, this.#connection.backendPid);
        return transition(connection);
      });
    }
  }

  /** The ledger has moved on without us: whatever it says now, the next delivery reads it there. */
  #lookAgain(): Next {
    this.#connection.destroy();
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
