import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  await owner.query(
    'CREATE TABLE public.one (n int); CREATE TABLE public.two (n int); GRANT ALL ON public.one, public.two TO PUBLIC',
  );
  worker = await testWorker(
    database,
    await Promise.all(
      ['one', 'two'].map((name) =>
        jobWith(
          name,
          'isolation: serializable\noverlap: parallel',
          `INSERT INTO ${name} VALUES (1); SELECT pg_sleep(0.5);`,
        ),
      ),
    ),
  );
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});

test('serializable jobs that have nothing to do with each other do not fail each other by the ledger', async () => {
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(
      ['one', 'two'].map((job) => runJob(worker, received(worker, { job, runId: `${job}-${round}` }))),
    );
  }
  const { rows } = await owner.query(
    'SELECT run_id, state, failures FROM nightshift.runs WHERE failures > 0',
  );
  expect(rows).toEqual([]);
});
