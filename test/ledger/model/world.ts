import type pg from 'pg';
import { claimRun } from '../../../src/lib/ledger/claim.ts';
import { markPublished, unpublishedRuns } from '../../../src/lib/ledger/publication.ts';
import { takeStrandedRuns } from '../../../src/lib/ledger/stranded.ts';
import { anError, claimOf } from '../requests.ts';
import type { Session, Sessions } from '../session.ts';
import { type ModelWorker, modelWorker, type Step } from './modelWorker.ts';

/** How much may go wrong on one way through the model. */
export interface Budget {
  /** Deaths, lost sessions, expired locks, messages lost on their way or in the queue, and ticks, in any mix. */
  readonly trouble: number;
  /** Attempts whose SQL fails with what may pass. */
  readonly failures: number;
}

/** A message of the run on a queue that delivers at least once. */
export interface ModelMessage {
  readonly attempt: number;
  /** Whom it is hidden for; null while it can be received. */
  holder: ModelWorker | null;
}

export interface Standing {
  /** Null before the first claim. */
  readonly state: string | null;
  readonly event: Buffer | null;
  readonly published: boolean;
  readonly effects: number;
  readonly row: string | null;
}

/** One run, two workers, a queue in memory, and the real ledger. */
export interface World {
  readonly runId: string;
  readonly queue: ModelMessage[];
  readonly told: Buffer[];
  readonly workers: readonly [ModelWorker, ModelWorker];
  trouble: number;
  failures: number;
  /** A claim has been made: from then on the ledger, and not the queue, is what must not be lost. */
  known: boolean;
  tick(): Promise<void>;
  /** What tells this state of the world from others, the names of the workers left out. */
  key(): Promise<string>;
  /** The ledger's row, and how often the run's effect is there. */
  standing(): Promise<{
    state: string;
    event: Buffer | null;
    published: boolean;
    effects: number;
    row: string;
  }>;
  close(): Promise<void>;
}

/** Everything that could happen next, by a name that is the same in equal states. */
export type Actions = ReadonlyMap<string, () => Promise<void>>;

/** @param spare sessions that another world has given back: opening them would take most of the time */
export async function makeWorld(
  owner: pg.Client,
  sessions: Sessions,
  spare: Session[],
  budget: Budget,
): Promise<World> {
  const take = async () => spare.pop() ?? sessions.session();
  // Its deadline has always passed, so that the sweep sees every run that nobody holds.
  const request = claimOf({ timeoutMs: -60_000 });
  const { runId } = request;
  const queue: ModelMessage[] = [{ attempt: 1, holder: null }];
  const told: Buffer[] = [];
  const ticker = await take();
  const workers = [await worker(), await worker()] as const;
  const world: World = {
    runId,
    queue,
    told,
    workers,
    ...budget,
    known: false,
    async tick() {
      for (const left of await unpublishedRuns(ticker.connection, 0, 10)) {
        if (left.runId === runId) told.push(Buffer.from(left.event));
        await markPublished(ticker.connection, [left.runId]);
      }
      for (const { runId: stranded, attempt } of await takeStrandedRuns(ticker.connection, 0, 10)) {
        if (stranded === runId) queue.push({ attempt, holder: null });
      }
    },
    async key() {
      const { row, effects } = await world.standing();
      const ofWorker = (of: ModelWorker) => [
        of.describe(),
        queue.filter(({ holder }) => holder === of).map(({ attempt }) => attempt),
      ];
      return JSON.stringify([
        row,
        effects,
        Math.min(told.length, 1),
        queue
          .filter(({ holder }) => holder === null)
          .map(({ attempt }) => attempt)
          .sort(),
        workers.map((of) => JSON.stringify(ofWorker(of))).sort(),
        world.trouble,
        world.failures,
      ]);
    },
    async standing() {
      const { rows } = await owner.query(
        `SELECT jsonb_build_array(state, attempt, crashes, failures, published_at IS NULL)::text AS row,
                state, event, published_at IS NOT NULL AS published,
                (SELECT count(*)::int FROM public.effects WHERE run_id = $1) AS effects
         FROM nightshift.runs WHERE run_id = $1`,
        [runId],
      );
      return rows[0] ?? { row: null, state: null, event: null, published: false, effects: 0 };
    },
    async close() {
      spare.push(ticker, ...(await Promise.all(workers.map((each) => each.giveBack()))));
      await owner.query('DELETE FROM nightshift.runs WHERE run_id = $1', [runId]);
      await owner.query('DELETE FROM public.effects WHERE run_id = $1', [runId]);
    },
  };
  return world;

  async function worker(): Promise<ModelWorker> {
    return modelWorker(await take(), () => sessions.session(), {
      request,
      claim(connection, attempt) {
        world.known = true;
        return claimRun(connection, { ...request, attempt });
      },
      error: anError,
      send: (attempt) => queue.push({ attempt, holder: null }),
      tell: (event) => told.push(event),
      remove(of) {
        const held = queue.findIndex(({ holder }) => holder === of);
        if (held >= 0) queue.splice(held, 1);
      },
    });
  }
}

export function actionsOf(world: World): Actions {
  const actions = new Map<string, () => Promise<void>>();
  const trouble = (name: string, act: () => Promise<void> | void) => {
    if (world.trouble === 0 || actions.has(name)) return;
    actions.set(name, async () => {
      world.trouble -= 1;
      await act();
    });
  };
  for (const worker of world.workers) {
    const held = world.queue.find(({ holder }) => holder === worker);
    const release = () => {
      if (held) held.holder = null;
    };
    const name = (step: Step | 'die' | 'lose session' | 'expire' | 'send into nowhere') =>
      `${worker.describe()} ${held?.attempt ?? '-'}: ${step}`;
    if (worker.isIdle()) {
      for (const message of world.queue.filter(({ holder }) => holder === null)) {
        const receive = async () => {
          message.holder = worker;
          worker.receive(message.attempt);
        };
        if (!actions.has(`receive ${message.attempt}`)) actions.set(`receive ${message.attempt}`, receive);
      }
      continue;
    }
    for (const step of worker.next()) {
      if (step === 'fail' && world.failures === 0) continue;
      actions.set(name(step), async () => {
        if (step === 'fail') world.failures -= 1;
        await worker.do(step);
      });
      if (step === 'send') trouble(name('send into nowhere'), () => worker.skip());
    }
    trouble(name('die'), async () => {
      release();
      await worker.die();
    });
    if (worker.holdsRun()) trouble(name('lose session'), () => worker.loseSession());
    if (held) trouble(name('expire'), release);
  }
  trouble('tick', () => world.tick());
  for (const message of world.known ? world.queue.filter(({ holder }) => holder === null) : []) {
    trouble(`lose ${message.attempt}`, () => void world.queue.splice(world.queue.indexOf(message), 1));
  }
  return actions;
}
