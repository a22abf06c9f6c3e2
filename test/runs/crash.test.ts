import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Job } from '../../src/lib/jobs/job.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { firstLine, startProgram } from '../support/program.ts';
import { type TestWorker, testWorker } from '../support/worker.ts';
import { drain } from './delivery.ts';
import type { Point, Task } from './programs/task.ts';

let database: TestDatabase;
let owner: pg.Client;
let service: QueueServiceClient;
let jobs: readonly Job[];

/** The tests run side by side. */
const PARALLEL = 'overlap: parallel';
/** Adds one to the run's own counter; `half` is between two changes that belong together. */
const ADD = 'INSERT INTO effects VALUES (nightshift.run_id(), 1)';
const HALF = "DO $$ BEGIN RAISE NOTICE 'half'; END $$";

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(
    'CREATE TABLE public.effects (run_id text, n int); GRANT ALL ON public.effects TO PUBLIC',
  );
  service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  jobs = [
    await jobWith('add', PARALLEL, `${ADD};\n${HALF};\n${ADD};`),
    await jobWith('loose', `transaction: false\n${PARALLEL}`, `${ADD};\n${HALF};\n${ADD};`),
    await jobWith(
      'again',
      `retry: { attempts: 3, backoff: 1s }\n${PARALLEL}`,
      `${ADD};\n${ADD};\nDO $$ BEGIN IF nightshift.attempt() = 1 THEN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END IF; END $$;`,
    ),
    // The server ends a session that stands still in its transaction; 30 s are too long for a test.
    await jobWith(
      'still',
      PARALLEL,
      `SET LOCAL idle_in_transaction_session_timeout = '1s';\n${ADD};\n${ADD};`,
    ),
    await jobWith(
      'long',
      PARALLEL,
      `${ADD};\n${HALF};\nSELECT pg_sleep(CASE nightshift.attempt() WHEN 1 THEN 60 ELSE 0 END);\n${ADD};`,
    ),
    await jobWith(
      'loose-long',
      'transaction: false',
      `${ADD};\n${HALF};\nSELECT pg_sleep(CASE nightshift.attempt() WHEN 1 THEN 60 ELSE 0 END);`,
    ),
  ];
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

/** A worker process on the queues of `worker`, to stop at a point. */
function start(worker: TestWorker, at: Point | null, signal: Task['signal'] = 'SIGKILL', lockSeconds = 1) {
  const task: Task = {
    databaseUrl: database.url,
    storage: inject('parts').storage,
    queues: worker.queues,
    jobs,
    lockSeconds,
    at,
    signal,
  };
  const child = startProgram('test/runs/programs/deliver.ts', [], { TASK: JSON.stringify(task) });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<string | number | null>((resolve) => {
    child.once('close', (code, by) => resolve(by ?? code));
  });
  return {
    child,
    ended,
    /** The point it has come to, or `done`. */
    said: firstLine(child).catch((error) => {
      throw new Error(`${error.message}\n${stderr}`);
    }),
  };
}

async function send(worker: TestWorker, body: unknown): Promise<void> {
  const text = Buffer.from(JSON.stringify(body)).toString('base64');
  await service.getQueueClient(worker.queues.jobs).sendMessage(text);
}

const sum = async (runId: string) =>
  Number((await owner.query('SELECT sum(n) FROM effects WHERE run_id = $1', [runId])).rows[0].sum);
const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

/** Everything the results queue was told, which must be one event, however often, with the bytes that the ledger has. */
async function toldOnce(worker: TestWorker, runId: string) {
  await worker.settle();
  const told = await worker.results();
  const { event } = await row(runId);
  expect(told.length).toBeGreaterThan(0);
  for (const { bytes } of told) expect(bytes.equals(event)).toBe(true);
  return told[0]?.json;
}

/** Lets a process die at a point, and delivers what it left behind. */
async function dieAndRedeliver(jobName: string, runId: string, at: Point) {
  const worker = await testWorker(database, jobs);
  await send(worker, { job: jobName, runId });
  const struck = start(worker, at);
  expect(await struck.said).toBe(at);
  expect(await struck.ended).toBe('SIGKILL');
  await drain(worker, service);
  const event = await toldOnce(worker, `user:${runId}`);
  await worker.close();
  return event;
}

describe('a worker that is killed', () => {
  test.concurrent.each<[Point, number, number]>([
    ['before the claim', 1, 0],
    ['after the claim', 2, 1],
    ['in the SQL', 2, 1],
    ['before the outcome', 2, 1],
    ['after the outcome', 1, 0],
    ['after the event', 1, 0],
  ])('%s leaves a run that ends once, and is told', async (at, attempt, crashes) => {
    const runId = at.replaceAll(' ', '-');
    const event = await dieAndRedeliver('add', runId, at);
    expect(event).toMatchObject({ type: 'nightshift.run.succeeded', data: { attempt } });
    expect(await sum(`user:${runId}`)).toBe(2);
    expect(await row(`user:${runId}`)).toMatchObject({ state: 'succeeded', attempt, crashes, failures: 0 });
  });

  test.concurrent.each<[Point, number]>([
    ['after the retry is written', 2],
    ['after the retry is sent', 2],
  ])('%s leaves a run that is tried again, and ends once', async (at, attempt) => {
    const runId = at.replaceAll(' ', '-');
    const event = await dieAndRedeliver('again', runId, at);
    expect(event).toMatchObject({ type: 'nightshift.run.succeeded', data: { attempt } });
    expect(await sum(`user:${runId}`)).toBe(2);
    expect(await row(`user:${runId}`)).toMatchObject({ state: 'succeeded', failures: 1, crashes: 0 });
  });

  test.concurrent.each<[Point, number, number]>([
    ['in the SQL', 2, 3],
    ['before the outcome', 2, 4],
    ['after the outcome', 1, 2],
  ])(
    '%s of a job without a transaction leaves what was done, and one outcome',
    async (at, attempt, effects) => {
      const runId = `loose-${at.replaceAll(' ', '-')}`;
      const event = await dieAndRedeliver('loose', runId, at);
      expect(event).toMatchObject({ type: 'nightshift.run.succeeded', data: { attempt } });
      expect(await sum(`user:${runId}`)).toBe(effects);
    },
  );

  test.concurrent('over and over, by the same run, has that run fail, and its message is gone', async () => {
    const worker = await testWorker(database, jobs);
    await send(worker, { job: 'add', runId: 'killer' });
    for (let death = 1; death <= 4; death += 1) {
      const struck = start(worker, 'in the SQL');
      expect(await struck.said).toBe('in the SQL');
      await struck.ended;
      await new Promise((resolve) => setTimeout(resolve, 1100));
    }
    await drain(worker, service);
    expect(await toldOnce(worker, 'user:killer')).toMatchObject({ type: 'nightshift.run.failed' });
    expect(await sum('user:killer')).toBe(0);
    await worker.close();
  }, 60_000);
});

test.concurrent('two processes with the same run at once: one runs it', async () => {
  const worker = await testWorker(database, jobs);
  await send(worker, { job: 'add', runId: 'twins' });
  await send(worker, { job: 'add', runId: 'twins' });
  const both = [start(worker, null, 'SIGKILL', 30), start(worker, null, 'SIGKILL', 30)];
  for (const each of both) expect(await each.said).toBe('done');
  await drain(worker, service);
  await toldOnce(worker, 'user:twins');
  expect(await sum('user:twins')).toBe(2);
  await worker.close();
});

describe('a worker that stands still', () => {
  /** Strikes a process with SIGSTOP, lets another worker end the run, wakes the process and lets it finish. */
  async function sleepAndWake(jobName: string, at: Point, meanwhile: (worker: TestWorker) => Promise<void>) {
    const worker = await testWorker(database, jobs);
    const runId = `user:asleep-${jobName}`;
    await send(worker, { job: jobName, runId: `asleep-${jobName}` });
    const struck = start(worker, at, 'SIGSTOP');
    try {
      expect(await struck.said).toBe(at);
      await meanwhile(worker);
      await drain(worker, service);
      const before = await row(runId);
      const effects = await sum(runId);
      struck.child.kill('SIGCONT');
      // Its receipt of the message is not valid any more; what it says is its own affair, what it does is not.
      await struck.ended;
      await drain(worker, service);
      expect(await sum(runId)).toBe(effects);
      expect(await row(runId)).toMatchObject({
        state: before.state,
        attempt: before.attempt,
        event: before.event,
      });
      return { event: await toldOnce(worker, runId), effects };
    } finally {
      struck.child.kill('SIGKILL');
      await worker.close();
    }
  }

  test('in its transaction is ended by the server, and does no harm when it wakes', async () => {
    const { event, effects } = await sleepAndWake('still', 'before the outcome', async () => {});
    expect(event).toMatchObject({ type: 'nightshift.run.succeeded', data: { attempt: 2 } });
    expect(effects).toBe(2);
  });

  test.each([
    ['long', 2],
    ['loose-long', 2],
  ])(
    'past the deadline of its run (%s) loses its session to whoever comes next',
    async (jobName, expected) => {
      // The deadline is a minute after the job's time; a test has it sooner.
      await owner.query(`
      CREATE OR REPLACE FUNCTION public.soon() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN NEW.deadline := clock_timestamp() + interval '1 s'; RETURN NEW; END $$;
      CREATE TRIGGER soon BEFORE UPDATE ON nightshift.runs FOR EACH ROW
        WHEN (NEW.state = 'running' AND OLD.attempt = 1 AND OLD.state = 'waiting') EXECUTE FUNCTION public.soon()`);
      try {
        const { event, effects } = await sleepAndWake(jobName, 'in the SQL', async () => {
          await new Promise((resolve) => setTimeout(resolve, 1500));
        });
        expect(event).toMatchObject({ type: 'nightshift.run.succeeded', data: { attempt: 2 } });
        expect(effects).toBe(expected);
      } finally {
        await owner.query('DROP TRIGGER soon ON nightshift.runs');
      }
    },
  );
});
