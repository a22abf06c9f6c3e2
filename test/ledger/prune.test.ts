import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { prune } from '../../src/lib/ledger/prune.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { job } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  worker = await testWorker(database, [await job('one', 'SELECT 1;')]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});
beforeEach(async () => {
  await owner.query('TRUNCATE nightshift.runs');
  for (const age of [1, 15, 40, 100]) await runJob(worker, received(worker, { job: 'one', runId: `${age}` }));
  await worker.settle();
  await owner.query(
    "UPDATE nightshift.runs SET finished_at = now() - (substr(run_id, 6) || ' days')::interval",
  );
});

const kept = async () =>
  (await owner.query('SELECT substr(run_id, 6)::int AS age FROM nightshift.runs ORDER BY 1')).rows.map(
    ({ age }) => age,
  );
const pruneBy = (days: number, runs: number, limit = 100) =>
  worker.home.withConnection((connection) => prune(connection, { days, runs }, limit));

test('runs beyond the age go', async () => {
  expect(await pruneBy(90, 1000)).toMatchObject({ runs: 1 });
  expect(await kept()).toEqual([1, 15, 40]);
});

test('runs beyond the number go, the oldest first, but none of the last two weeks', async () => {
  await owner.query("UPDATE nightshift.runs SET id = DEFAULT WHERE run_id = 'user:1'");
  await pruneBy(3650, 0);
  expect(await kept()).toEqual([1]);
});

test('a run that is not told, or not over, stays however old', async () => {
  await owner.query("UPDATE nightshift.runs SET published_at = NULL WHERE run_id = 'user:100'");
  await owner.query(
    "UPDATE nightshift.runs SET state = 'waiting', event = NULL, finished_at = NULL WHERE run_id = 'user:40'",
  );
  await pruneBy(14, 0);
  expect(await kept()).toEqual([1, 40, 100]);
});

test('one call deletes one batch', async () => {
  expect(await pruneBy(14, 1000, 2)).toMatchObject({ runs: 2 });
  expect(await kept()).toHaveLength(2);
});
