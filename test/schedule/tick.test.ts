import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Connection, Database } from '../../src/lib/database/connection.ts';
import type { Job } from '../../src/lib/jobs/job.ts';
import { encodeJobMessage } from '../../src/lib/messages/jobMessage.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import type { Worker } from '../../src/lib/runs/worker.ts';
import { keepAwake } from '../../src/lib/schedule/keepAwake.ts';
import { occurrenceMessage } from '../../src/lib/schedule/occurrenceMessage.ts';
import { tick } from '../../src/lib/schedule/tick.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  worker = await testWorker(database, [await minutely()]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});
beforeEach(() => owner.query('TRUNCATE nightshift.runs, nightshift.occurrences, nightshift.schedules'));

const minutely = (frontMatter = 'schedule: "* * * * *"', name = 'minutely'): Promise<Job> =>
  jobWith(name, frontMatter, 'SELECT 1;');

interface Sent {
  readonly runId: string;
  readonly dueAtMs: number;
}

interface Strikes {
  /** Called before each message to the jobs queue, the first, the second and so on; throws to die there. */
  beforeSend?(which: number): Promise<void> | void;
  beforeEnd?(): Promise<void> | void;
  afterEnd?(): Promise<void> | void;
}

/** The same worker, whose occurrences are noted instead of sent, and whose ticks can be struck. */
function struck(jobs: readonly Job[] = worker.catalog.jobs, strikes: Strikes = {}) {
  const sent: Sent[] = [];
  const told: string[] = [];
  let begun = 0;
  const connectionOf = (connection: Connection): Connection => ({
    backendPid: connection.backendPid,
    get inTransaction() {
      return connection.inTransaction;
    },
    async query(text, values) {
      const ends = text.includes('end_tick');
      if (ends) await strikes.beforeEnd?.();
      const rows = await connection.query(text, values);
      if (ends) await strikes.afterEnd?.();
      return rows;
    },
    script: (text, handlers) => connection.script(text, handlers),
    command: (text) => connection.command(text),
    portal: (request, handlers) => connection.portal(request, handlers),
    cancel: () => connection.cancel(),
    destroy: () => connection.destroy(),
  });
  const home: Database = {
    target: worker.home.target,
    withConnection: (work) => worker.home.withConnection((connection) => work(connectionOf(connection))),
    close: () => worker.home.close(),
  };
  const it: Worker = {
    ...worker,
    home,
    databases: new Map([['main', home]]),
    catalog: { hash: JSON.stringify(jobs.map(({ schedules }) => schedules)), jobs },
    sender: {
      async send(queue, body, options) {
        const text = Buffer.from(body).toString();
        if (queue === worker.queues.results) return void told.push(text);
        const runId = JSON.parse(text).nightshift?.runId;
        if (runId === undefined) return;
        begun += 1;
        await strikes.beforeSend?.(begun);
        sent.push({ runId, dueAtMs: Date.now() + (options?.delaySeconds ?? 0) * 1000 });
      },
    },
  };
  return { worker: it, sent, told };
}

const ids = (sent: readonly Sent[]) => sent.map(({ runId }) => runId).sort();
const occurrences = async () =>
  (await owner.query('SELECT run_id FROM nightshift.occurrences ORDER BY run_id')).rows.map(
    ({ run_id }) => run_id,
  );
const setBack = (interval: string) =>
  owner.query('UPDATE nightshift.schedules SET planned_until = clock_timestamp() - $1::interval', [interval]);
const heldLocks = async () => {
  const { rowCount } = await owner.query(
    `SELECT FROM pg_locks WHERE locktype = 'advisory'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rowCount;
};
const dies = () => {
  throw new Error('The tick dies here.');
};
const instantOf = (runId: string) => Date.parse(/@(.*)\//.exec(runId)?.[1] ?? '');

describe('a tick', () => {
  test('enqueues what is due within eleven minutes, each hidden until just before its time', async () => {
    const { worker: it, sent } = struck();
    await tick(it);
    expect(sent.length).toBeGreaterThanOrEqual(10);
    expect(sent.length).toBeLessThanOrEqual(12);
    for (const { runId, dueAtMs } of sent) {
      expect(instantOf(runId) - dueAtMs).toBeGreaterThan(-500);
      expect(instantOf(runId) - dueAtMs).toBeLessThan(10_000);
    }
    expect(await occurrences()).toEqual(ids(sent));
  });

  test('that follows another enqueues nothing that was enqueued', async () => {
    const first = struck();
    await tick(first.worker);
    const second = struck();
    await tick(second.worker);
    expect(new Set(ids([...first.sent, ...second.sent])).size).toBe(first.sent.length + second.sent.length);
    expect(second.sent.length).toBeLessThanOrEqual(1);
  });

  test.each<[string, Strikes]>([
    ['after some messages', { beforeSend: (which) => (which === 4 ? dies() : undefined) }],
    ['before its end is written', { beforeEnd: dies }],
    ['when its end is written', { afterEnd: dies }],
  ])('that dies %s is repeated: the same runs, none left out', async (_, strikes) => {
    const dead = struck(undefined, strikes);
    await expect(tick(dead.worker)).rejects.toThrow('dies here');
    expect(dead.sent.length).toBeGreaterThan(2);
    // The dead tick's lock ends with its session, which the server may take a moment to see.
    await expect.poll(heldLocks).toBe(0);
    const repeated = struck();
    await tick(repeated.worker);
    const all = new Set(ids([...dead.sent, ...repeated.sent]));
    expect([...all].sort()).toEqual(await occurrences());
    const instants = [...all].map(instantOf).sort();
    // No minute between the first and the last is missing.
    expect(instants.map((instant, index) => instant - index * 60_000)).toEqual(
      instants.map(() => instants[0]),
    );
    expect(instants.length).toBeGreaterThanOrEqual(10);
  });

  test('beside another leaves the planning to it', async () => {
    const beside = struck();
    const first = struck(undefined, { beforeEnd: () => tick(beside.worker) });
    await tick(first.worker);
    expect(first.sent.length).toBeGreaterThanOrEqual(10);
    expect(beside.sent).toEqual([]);
    expect(worker.logged).toContain('Another tick is at work.');
  });

  test('whose session was ended while it stood still changes no watermark, and is repeated', async () => {
    const frozen = struck(undefined, {
      async beforeEnd() {
        await owner.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'nightshift-app'",
        );
        await sleep(200);
      },
    });
    await expect(tick(frozen.worker)).rejects.toThrow();
    expect(await occurrences()).toEqual([]);
    const repeated = struck();
    await tick(repeated.worker);
    for (const runId of ids(frozen.sent)) expect(ids(repeated.sent)).toContain(runId);
  });
});

describe('a job', () => {
  test('that is new is planned from now, not for its past', async () => {
    const { worker: it, sent, told } = struck([await minutely('schedule: "* * * * *"\ncatchUp: all', 'new')]);
    const from = Date.now();
    await tick(it);
    for (const { runId } of sent) expect(instantOf(runId)).toBeGreaterThan(from - 1000);
    expect(told).toEqual([]);
  });

  test('whose schedule has changed is planned anew, from now', async () => {
    await tick(struck().worker);
    await setBack('1 day');
    const changed = struck([await minutely('schedule: "*/2 * * * *"')]);
    const from = Date.now();
    await tick(changed.worker);
    expect(changed.sent.length).toBeGreaterThanOrEqual(5);
    for (const { runId } of changed.sent) {
      expect(instantOf(runId)).toBeGreaterThan(from - 1000);
      expect(new Date(instantOf(runId)).getUTCMinutes() % 2).toBe(0);
    }
    expect(changed.told).toEqual([]);
  });

  test('that nothing ran for a while runs its latest occurrence, and each other one is told as missed, once', async () => {
    await tick(struck().worker);
    await setBack('10 minutes');
    const dead = struck(undefined, { beforeEnd: dies });
    await expect(tick(dead.worker)).rejects.toThrow('dies here');
    await worker.settle();
    const late = struck();
    await tick(late.worker);
    await worker.settle();

    const { rows } = await owner.query('SELECT run_id, state, event FROM nightshift.runs ORDER BY run_id');
    expect(rows.length).toBeGreaterThanOrEqual(7);
    expect(rows.length).toBeLessThanOrEqual(10);
    for (const { state } of rows) expect(state).toBe('missed');
    // Told again by the tick that repeated the dead one, with the same bytes.
    const bytes = new Set(rows.map(({ event }) => event.toString()));
    expect(new Set([...dead.told, ...late.told])).toEqual(bytes);
    const [latest] = ids(late.sent);
    expect(instantOf(latest ?? '')).toBeGreaterThan(instantOf(rows.at(-1).run_id));
    expect(rows.map(({ run_id }) => run_id)).not.toContain(latest);
  });

  test('whose occurrence was told as missed does not run it when its message comes after all', async () => {
    await tick(struck().worker);
    await setBack('10 minutes');
    await tick(struck().worker);
    await worker.settle();
    const [missed] = (await owner.query("SELECT * FROM nightshift.runs WHERE state = 'missed' LIMIT 1")).rows;
    const message = occurrenceMessage(
      { job: 'minutely', database: 'main', scheduledFor: missed.scheduled_for.getTime() },
      worker.catalog.hash,
    );
    await runJob(worker, received(worker, encodeJobMessage(message)));
    const [event] = await worker.results();
    expect(event?.bytes.equals(missed.event)).toBe(true);
  });

  test('that was planned by a clock far ahead is planned again, which is told', async () => {
    await tick(struck().worker);
    await setBack('-1 day');
    const { worker: it, sent } = struck();
    await tick(it);
    expect(sent.length).toBeGreaterThanOrEqual(10);
    expect(worker.logged.some((line) => line.includes('the clock has jumped back'))).toBe(true);
    const { rows } = await owner.query(
      "SELECT FROM nightshift.schedules WHERE planned_until < clock_timestamp() + interval '12 minutes'",
    );
    expect(rows).toHaveLength(1);
  });
});

describe('a session that waits while messages are sent', () => {
  const sessionOf = async (work: (connection: Connection) => Promise<void>) => {
    const own = openDatabase(database.ownerUrl);
    try {
      await own.withConnection(async (connection) => {
        await connection.script("SET idle_session_timeout = '300ms'");
        await work(connection);
      });
    } finally {
      await own.close();
    }
  };

  test('is kept from being ended', async () => {
    await sessionOf(async (connection) => {
      await keepAwake(connection, () => sleep(1200), 50);
      expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: '1' }]);
    });
  });

  test('and was ended all the same is told as lost', async () => {
    await sessionOf(async (connection) => {
      await expect(keepAwake(connection, () => sleep(1000), 600)).rejects.toThrow('lost');
    });
  });
});
