import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
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
  worker = await testWorker(database, [
    await jobWith('skips', 'overlap: skip', 'SELECT pg_advisory_lock_shared(1);'),
    await jobWith('queues', 'overlap: queue', 'SELECT pg_advisory_lock_shared(1);'),
    await jobWith('parallel', 'overlap: parallel', 'SELECT pg_advisory_lock_shared(1);'),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});
beforeEach(() => owner.query('SELECT pg_advisory_unlock_all(), pg_advisory_lock(1)'));

const state = async (runId: string) =>
  (await owner.query('SELECT state FROM nightshift.runs WHERE run_id = $1', [`user:${runId}`])).rows[0]
    ?.state;

/** A run that goes on until the lock is given up. */
async function longRun(job: string, runId: string) {
  const running = runJob(worker, received(worker, { job, runId }));
  await expect.poll(() => state(runId), { timeout: 10_000 }).toBe('running');
  return async () => {
    await owner.query('SELECT pg_advisory_unlock(1)');
    await running;
  };
}

test('skip: a run whose job has another open is skipped, told, and stays so', async () => {
  const end = await longRun('skips', 'long');
  await runJob(worker, received(worker, { job: 'skips', runId: 'second' }));
  const [event] = await worker.results();
  expect(event?.json).toMatchObject({
    type: 'nightshift.run.skipped',
    data: { runId: 'user:second', attempt: 0 },
  });
  await end();
  await runJob(worker, received(worker, { job: 'skips', runId: 'second' }));
  expect(await state('second')).toBe('skipped');
});

test('queue: a run waits for the one before it, and for those that are due before it', async () => {
  const end = await longRun('queues', 'first');
  const second = received(worker, {
    job: 'queues',
    runId: 'second-queued',
    scheduledFor: '2026-01-01T00:00:00Z',
  });
  const third = received(worker, {
    job: 'queues',
    runId: 'third-queued',
    scheduledFor: '2026-01-02T00:00:00Z',
  });
  await runJob(worker, second);
  await runJob(worker, third);
  expect([await state('second-queued'), await state('third-queued')]).toEqual(['waiting', 'waiting']);
  await end();

  await runJob(worker, third);
  expect(await state('third-queued')).toBe('waiting');
  await runJob(worker, second);
  expect(await state('second-queued')).toBe('succeeded');
  await runJob(worker, third);
  expect(await state('third-queued')).toBe('succeeded');
});

test('queue: the end of a run calls the next one in line at once, however seldom that looks for its turn', async () => {
  const ids = ['line-1', 'line-2', 'line-3'];
  await worker.settle();
  await worker.jobs();
  const end = await longRun('queues', 'head-of-line');
  for (const runId of ids) await runJob(worker, received(worker, { job: 'queues', runId }));
  await end();
  for (const runId of ids) {
    await worker.settle();
    // Those that look for their turn themselves are hidden for five seconds yet.
    const called = await worker.jobs();
    expect(called.map(({ json }) => json.nightshift.runId)).toEqual([`user:${runId}`]);
    await runJob(worker, received(worker, called[0]?.json));
    expect(await state(runId)).toBe('succeeded');
    // Told again, it calls nobody: copies must not breed.
    await runJob(worker, received(worker, called[0]?.json));
  }
});

test('parallel: runs of a job go side by side', async () => {
  const end = await longRun('parallel', 'left');
  const right = runJob(worker, received(worker, { job: 'parallel', runId: 'right' }));
  await expect.poll(() => state('right'), { timeout: 10_000 }).toBe('running');
  await end();
  await right;
  expect([await state('left'), await state('right')]).toEqual(['succeeded', 'succeeded']);
});
