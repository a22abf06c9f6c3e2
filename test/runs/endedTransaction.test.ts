import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Job } from '../../src/lib/jobs/job.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';
import { drain } from './delivery.ts';

/** The build refuses these jobs: they are made by hand, as if it had not seen what they do. */
async function byHand(name: string, frontMatter: string, sql: string): Promise<Job> {
  const allowed = await jobWith(name, frontMatter, 'SELECT 1;');
  return { ...allowed, sql, statements: [{ start: 0, end: sql.length }] };
}

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;
const AGAIN = "DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$";

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE public.effects (n int); GRANT ALL ON public.effects TO PUBLIC');
  worker = await testWorker(database, [
    await byHand('commits', '', 'INSERT INTO effects VALUES (1); COMMIT; INSERT INTO effects VALUES (2)'),
    await byHand('commits-and-fails', '', `INSERT INTO effects VALUES (1); COMMIT; ${AGAIN}`),
    await byHand('commits-and-begins', '', `INSERT INTO effects VALUES (1); COMMIT; BEGIN; ${AGAIN}`),
    await byHand('rolls-back', '', `ROLLBACK; INSERT INTO effects VALUES (1); COMMIT; ${AGAIN}`),
    await byHand(
      'is-silent',
      '',
      `SET client_min_messages = error; INSERT INTO effects VALUES (1); COMMIT; ${AGAIN}`,
    ),
    await byHand('leaves-open', 'transaction: false', 'BEGIN; INSERT INTO effects VALUES (1)'),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});

beforeEach(() => owner.query('TRUNCATE effects'));

test.each(['commits', 'commits-and-fails', 'commits-and-begins', 'rolls-back', 'is-silent'])(
  'a script that %s is found out, fails for good, and is not run again',
  async (job) => {
    await runJob(worker, received(worker, { job, runId: job }));
    await drain(worker, QueueServiceClient.fromConnectionString(inject('parts').storage));
    const [event] = await worker.results();
    expect(event?.json).toMatchObject({
      type: 'nightshift.run.failed',
      data: { error: { retryable: false, file: `jobs/${job}.sql` } },
    });
    expect(event?.json.data.error.message).toContain('its effects may be partial');
    const { rows } = await owner.query('SELECT failures FROM nightshift.runs WHERE run_id = $1', [
      `user:${job}`,
    ]);
    expect(rows).toEqual([{ failures: 1 }]);
    expect((await owner.query('SELECT FROM effects')).rowCount).toBeLessThanOrEqual(2);
  },
);

test('a job without a transaction that leaves one open does not say that it succeeded', async () => {
  await runJob(worker, received(worker, { job: 'leaves-open', runId: 'leaves-open' }));
  const [event] = await worker.results();
  expect(event?.json).toMatchObject({ type: 'nightshift.run.failed', data: { error: { retryable: false } } });
  expect(event?.json.data.error.message).toContain('left a transaction open');
  expect((await owner.query('SELECT FROM effects')).rowCount).toBe(0);
});
