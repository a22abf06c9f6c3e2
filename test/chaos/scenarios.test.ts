import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../../chaos/proxy/tcpProxy.ts';
import type { Job } from '../../src/lib/jobs/job.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { drain } from '../runs/delivery.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

/**
 * Faults with a name, after those of River's chaos tier (riverqueue/river, conformance/harness/chaos_test.go), where
 * they exist here. A killed process and a rolling deployment stand in deployment.test.ts.
 */
let database: TestDatabase;
let owner: pg.Client;
let service: QueueServiceClient;
let network: TcpProxy;
let jobs: readonly Job[];
let worker: TestWorker;

/** A job waits where it asks for this lock, until the test lets go of it. */
const BARRIER = 4711;
const EFFECT = 'INSERT INTO effects VALUES (nightshift.run_id(), nightshift.attempt())';

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE effects (run_id text, attempt int); GRANT ALL ON effects TO PUBLIC');
  service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  network = await startTcpProxy(inject('parts').front.port);
  const retry = 'retry: { attempts: 3, backoff: 1s, maxBackoff: 1s }\noverlap: parallel';
  jobs = [
    await jobWith('add', retry, `${EFFECT};`),
    await jobWith('loose', `${retry}\ntransaction: false`, `${EFFECT};`),
    await jobWith('waits', retry, `${EFFECT};\nSELECT pg_advisory_xact_lock_shared(${BARRIER});`),
    await jobWith(
      'loose-waits',
      `${retry}\ntransaction: false`,
      `${EFFECT};\nSELECT pg_advisory_lock_shared(${BARRIER});`,
    ),
  ];
});
afterAll(async () => {
  network.stop();
  await owner.end();
  await database.drop();
});
beforeEach(async () => {
  const { port } = inject('parts').front;
  const throughNetwork = { ...database, url: database.url.replace(`:${port}/`, `:${network.port}/`) };
  worker = await testWorker(throughNetwork, jobs, { random: () => 0 });
});
afterEach(() => worker.close());

const closeBarrier = () => owner.query('SELECT pg_advisory_lock($1)', [BARRIER]);
const openBarrier = () => owner.query('SELECT pg_advisory_unlock($1)', [BARRIER]);

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Until so many sessions wait for a lock: the barrier's, or a row's. */
const waiting = (locktype: string, count = 1) =>
  until(async () => {
    const { rows } = await owner.query(
      'SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND locktype = $1',
      [locktype],
    );
    return rows[0].n >= count;
  });

const effects = async (runId: string) =>
  (await owner.query('SELECT attempt FROM effects WHERE run_id = $1 ORDER BY 1', [runId])).rows.map(
    ({ attempt }) => attempt,
  );
const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

/** Delivers what is on the jobs queue, however late it is, and takes what was told. */
async function rest() {
  await drain(worker, service);
  await worker.settle();
  return (await worker.results()).map(({ json }) => json);
}

describe("a lock of somebody else's on the run's row", () => {
  async function lockRow(runId: string): Promise<pg.Client> {
    const other = new pg.Client(database.ownerUrl);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM nightshift.runs WHERE run_id = $1 FOR UPDATE', [runId]);
    return other;
  }

  test('waits for the end of a transactional run, which has it already', async () => {
    await closeBarrier();
    const running = runJob(worker, received(worker, { job: 'waits', runId: 'row-lock' }));
    await waiting('advisory');
    const locking = lockRow('user:row-lock');
    await waiting('transactionid');
    await openBarrier();
    await running;
    await (await locking).end();
    expect(await rest()).toMatchObject([{ type: 'nightshift.run.succeeded', data: { attempt: 1 } }]);
    expect(await effects('user:row-lock')).toEqual([1]);
  });

  test('is waited for when a run without a transaction writes its outcome', async () => {
    await closeBarrier();
    const running = runJob(worker, received(worker, { job: 'loose-waits', runId: 'loose-row-lock' }));
    await waiting('advisory');
    const other = await lockRow('user:loose-row-lock');
    await openBarrier();
    await waiting('transactionid');
    await other.end();
    await running;
    expect(await rest()).toMatchObject([{ type: 'nightshift.run.succeeded', data: { attempt: 1 } }]);
    expect(await effects('user:loose-row-lock')).toEqual([1]);
  });

  test('sends a delivery back to the queue, which holds no worker until the lock is gone', async () => {
    await runJob(
      worker,
      received(worker, { job: 'add', runId: 'early-lock', scheduledFor: '2026-01-01T00:00:00Z' }),
    );
    await owner.query(
      "UPDATE nightshift.runs SET state = 'waiting', event = NULL, finished_at = NULL WHERE run_id = 'user:early-lock'; TRUNCATE effects",
    );
    await worker.results();
    const other = await lockRow('user:early-lock');
    await runJob(
      worker,
      received(worker, { job: 'add', runId: 'early-lock', scheduledFor: '2026-01-01T00:00:00Z' }),
    );
    expect(await worker.results()).toEqual([]);
    await other.end();
    expect(await rest()).toMatchObject([{ type: 'nightshift.run.succeeded' }]);
    expect(await effects('user:early-lock')).toHaveLength(1);
  });
});

describe('a serialization failure when the outcome is written', () => {
  beforeEach(async () => {
    // The sequence goes on although the transaction is rolled back: exactly one completion fails.
    await owner.query(`
      CREATE SEQUENCE completions; GRANT ALL ON SEQUENCE completions TO PUBLIC;
      CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.state = 'succeeded' AND nextval('public.completions') = 1 THEN
          RAISE EXCEPTION 'injected' USING ERRCODE = 'serialization_failure';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER fail_once BEFORE UPDATE ON nightshift.runs FOR EACH ROW EXECUTE FUNCTION fail_once()`);
  });
  afterEach(async () => {
    await owner.query(
      'DROP TRIGGER fail_once ON nightshift.runs; DROP FUNCTION fail_once; DROP SEQUENCE completions',
    );
  });

  test('rolls a transactional run back whole, and the next attempt does it once', async () => {
    await runJob(worker, received(worker, { job: 'add', runId: 'serial' }));
    expect(await effects('user:serial')).toEqual([]);
    expect(await rest()).toMatchObject([
      {
        type: 'nightshift.run.succeeded',
        data: { attempt: 2, errors: [{ attempt: 1, sqlState: '40001', message: 'injected' }] },
      },
    ]);
    expect(await effects('user:serial')).toEqual([2]);
  });

  test('keeps no run without a transaction from its outcome', async () => {
    await runJob(worker, received(worker, { job: 'loose', runId: 'loose-serial' }));
    expect(await rest()).toMatchObject([{ type: 'nightshift.run.succeeded' }]);
    expect((await row('user:loose-serial')).state).toBe('succeeded');
  });
});

test('a database that is away while a job finishes: the run is done once, and what came meanwhile is no failure', async () => {
  await closeBarrier();
  const running = runJob(worker, received(worker, { job: 'waits', runId: 'in-flight' }));
  await waiting('advisory');
  network.refuse(true);
  network.cut(() => true);
  await openBarrier();
  await running;
  await runJob(worker, received(worker, { job: 'add', runId: 'meanwhile' }));
  expect(await worker.results()).toEqual([]);

  network.refuse(false);
  const events = await rest();
  expect(events).toHaveLength(2);
  expect(events.find(({ data }) => data.runId === 'user:in-flight')).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { attempt: 2 },
  });
  expect(events.find(({ data }) => data.runId === 'user:meanwhile')).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { attempt: 1 },
  });
  expect(await effects('user:in-flight')).toEqual([2]);
  expect(await row('user:in-flight')).toMatchObject({ crashes: 1, failures: 0 });
  expect(await row('user:meanwhile')).toMatchObject({ crashes: 0, failures: 0 });
});

describe('a ledger row that somebody has spoilt', () => {
  async function waitingRun(runId: string): Promise<void> {
    const message = received(worker, { job: 'add', runId });
    await runJob(worker, message);
    await worker.settle();
    await worker.results();
    await owner.query('TRUNCATE effects');
    await owner.query(
      "UPDATE nightshift.runs SET state = 'waiting', event = NULL, finished_at = NULL, published_at = NULL WHERE run_id = $1",
      [`user:${runId}`],
    );
  }

  test.each([['42'], ['{"message": "boom"}'], ['[{"at": "long ago", "error": "boom"}, 42]']])(
    'runs all the same when its errors are %s, and hinders no other',
    async (errors) => {
      await waitingRun('spoilt');
      await owner.query("UPDATE nightshift.runs SET errors = $1 WHERE run_id = 'user:spoilt'", [errors]);
      await runJob(worker, received(worker, { job: 'add', runId: 'spoilt' }));
      await runJob(worker, received(worker, { job: 'add', runId: `neighbour-${errors.length}` }));
      const events = await rest();
      expect(events).toMatchObject([
        { type: 'nightshift.run.succeeded' },
        { type: 'nightshift.run.succeeded' },
      ]);
      expect(await effects('user:spoilt')).toHaveLength(1);
      await owner.query("DELETE FROM nightshift.runs WHERE run_id = 'user:spoilt'");
    },
  );
});
