import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let before: TestWorker;
let after: TestWorker;

/** Two builds of one app: the second one's catalog has lost a job. */
beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  const removed = await jobWith(
    'removed',
    'overlap: parallel\nretry: { attempts: 3, backoff: 1s }',
    "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$;",
  );
  before = await testWorker(database, [removed]);
  after = await testWorker(database, []);
});
afterAll(async () => {
  await before.close();
  await after.close();
  await owner.end();
  await database.drop();
});

const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

const next = (runId: string) => ({
  job: 'removed',
  database: 'main',
  nightshift: { runId, attempt: 2, deferrals: 10, catalog: 'test-catalog' },
});

test('a run that waits for its next attempt ends when its job is gone, and is told under its own id', async () => {
  await runJob(before, received(before, { job: 'removed', runId: 'one' }));
  expect(await row('user:one')).toMatchObject({ state: 'waiting', attempt: 2 });

  const message = received(after, next('user:one'));
  await runJob(after, message);
  await runJob(after, message);
  await after.settle();
  const told = await after.results();
  expect(told).toHaveLength(2);
  const { state, event } = await row('user:one');
  expect(state).toBe('rejected');
  for (const { bytes, json } of told) {
    expect(json).toMatchObject({ id: 'user:one/rejected', type: 'nightshift.run.rejected' });
    expect(bytes.equals(event)).toBe(true);
  }
});

test('a run that somebody is on is left alone, and only the message is rejected', async () => {
  await runJob(before, received(before, { job: 'removed', runId: 'two' }));
  await owner.query("SELECT pg_advisory_lock(nightshift.run_lock_key('user:two'))");
  await runJob(after, received(after, next('user:two'), { id: 'm2' }));
  const [event] = await after.results();
  expect(event?.json.id).toBe('message:m2/rejected');
  expect(await row('user:two')).toMatchObject({ state: 'waiting', attempt: 2 });
  await owner.query('SELECT pg_advisory_unlock_all()');
});

test("a message cannot end another job's run by naming it", async () => {
  await runJob(before, received(before, { job: 'removed', runId: 'three' }));
  await runJob(after, received(after, { ...next('user:three'), job: 'never-was' }, { id: 'm3' }));
  const [event] = await after.results();
  expect(event?.json.id).toBe('message:m3/rejected');
  expect(await row('user:three')).toMatchObject({ state: 'waiting' });
});
