import type { Connection } from '../../../src/lib/database/connection.ts';
import { SqlError } from '../../../src/lib/database/databaseError.ts';
import type { Claim, ClaimedRun, ClaimRequest } from '../../../src/lib/ledger/claim.ts';
import { markPublished } from '../../../src/lib/ledger/publication.ts';
import { beginRunSql, endRun, finishRunSql, retryRun } from '../../../src/lib/ledger/transitions.ts';
import type { AttemptError } from '../../../src/lib/messages/resultData.ts';
import type { Session } from '../session.ts';

/** `succeed` and `fail` are two ways on from the same place. */
export type Step = 'claim' | 'begin' | 'succeed' | 'fail' | 'give up' | 'publish' | 'send' | 'delete';

/** The runner's order of steps (src/lib/runs), each to be taken, or not, by itself, on a real session. */
export interface ModelWorker {
  isIdle(): boolean;
  receive(attempt: number): void;
  /** What it would do next. */
  next(): readonly Step[];
  do(step: Step): Promise<void>;
  /** Believes that it has sent what it was to send. */
  skip(): void;
  /** Whether its session has claimed the run and not let it go. */
  holdsRun(): boolean;
  die(): Promise<void>;
  loseSession(): Promise<void>;
  describe(): string;
  /** Its session, as good as new. */
  giveBack(): Promise<Session>;
}

interface Surroundings {
  readonly request: ClaimRequest;
  claim(connection: Connection, attempt: number): Promise<Claim>;
  error(attempt: number): AttemptError;
  send(attempt: number): void;
  tell(event: Buffer): void;
  /** Deletes the message, if it is still this worker's. */
  remove(worker: ModelWorker): void;
}

export function modelWorker(first: Session, open: () => Promise<Session>, around: Surroundings): ModelWorker {
  let session = first;
  let message = 0;
  let todo: Step[] = [];
  let run: ClaimedRun | null = null;
  let event: Buffer | null = null;
  let sends = 0;
  let alive = true;

  const toSend = (attempt: number) => {
    sends = attempt;
    todo = ['send', 'delete'];
  };
  const toPublish = (bytes: Uint8Array) => {
    event = Buffer.from(bytes);
    todo = ['publish', 'delete'];
  };
  const held = (): ClaimedRun => {
    if (run === null) throw new Error('The model has no claimed run here.');
    return run;
  };
  const eventOf = (outcome: string) =>
    Buffer.from(JSON.stringify({ run: around.request.runId, attempt: held().attempt, outcome }));

  /** The session goes back to the pool, or another one is opened. */
  async function letGo(): Promise<void> {
    if (!alive) session = await open();
    else session = await session.again();
    alive = true;
    run = null;
  }
  async function endSession(): Promise<void> {
    if (alive) await session.die();
    alive = false;
  }

  const steps: Record<Step, () => Promise<void>> = {
    async claim() {
      const claim = await around.claim(session.connection, message);
      if (claim.decision === 'finished') return toPublish(claim.event);
      if (claim.decision === 'superseded') return toSend(claim.attempt);
      if (claim.decision === 'claimed' || claim.decision === 'crashed') {
        run = claim.run;
        todo = claim.decision === 'claimed' ? ['begin', 'succeed'] : ['give up'];
        return;
      }
      if (claim.decision !== 'busy') throw new Error(`The model knows no claim that is ${claim.decision}.`);
      toSend(message);
    },
    async begin() {
      await session.connection.script(
        `BEGIN; ${beginRunSql(held(), 60_000, true)} INSERT INTO public.effects VALUES ('${around.request.runId}')`,
      );
    },
    async succeed() {
      const bytes = eventOf('succeeded');
      await session.connection.script(`${finishRunSql(held(), bytes)} COMMIT`);
      await letGo();
      toPublish(bytes);
    },
    async fail() {
      await session.connection.script('ROLLBACK');
      const { attempt } = held();
      if (!(await retryRun(session.connection, held(), around.error(attempt), 0))) return lookAgain();
      await letGo();
      toSend(attempt + 1);
    },
    async 'give up'() {
      const bytes = eventOf('failed');
      if (!(await endRun(session.connection, held(), 'failed', null, bytes))) return lookAgain();
      await letGo();
      toPublish(bytes);
    },
    async publish() {
      if (event) around.tell(event);
    },
    async send() {
      around.send(sends);
    },
    async delete() {
      around.remove(self);
      if (event !== null) await markPublished(session.connection, [around.request.runId]);
      event = null;
    },
  };

  async function lookAgain(): Promise<void> {
    await endSession();
    await letGo();
    toSend(message);
  }

  const self: ModelWorker = {
    isIdle: () => todo.length === 0,
    receive(attempt) {
      message = attempt;
      todo = ['claim'];
    },
    next: () => (todo[0] === 'succeed' ? ['succeed', 'fail'] : todo.slice(0, 1)),
    async do(step) {
      const before = todo;
      try {
        if (!alive && step !== 'publish' && step !== 'send' && step !== 'delete') await lookAgain();
        else await steps[step]();
      } catch (error) {
        // NS001 and NS002: the run is another's.
        if (!(error instanceof SqlError)) throw error;
        await lookAgain();
      }
      if (todo === before) todo = todo.slice(1);
    },
    skip() {
      todo = todo.slice(1);
    },
    holdsRun: () => run !== null && alive,
    async die() {
      await endSession();
      await letGo();
      todo = [];
    },
    loseSession: endSession,
    describe: () => `${todo.join(',') || 'idle'} ${message} ${sends} ${run?.attempt ?? '-'} ${alive}`,
    async giveBack() {
      await letGo();
      return session;
    },
  };
  return self;
}
