import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { sweep } from '../../src/lib/schedule/sweep.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';
import { drain } from './delivery.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;
let service: QueueServiceClient;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(
    'CREATE TABLE public.effects (run_id text, attempt int); GRANT ALL ON public.effects TO PUBLIC',
  );
  service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  const sql = `INSERT INTO effects VALUES (nightshift.run_id(), nightshift.attempt());
    DO $$ BEGIN IF nightshift.attempt() < 3 THEN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END IF; END $$;`;
  worker = await testWorker(
    database,
    [
      await jobWith(
        'third-time',
        'overlap: parallel\nretry: { attempts: 5, backoff: 1s, maxBackoff: 1s }',
        sql,
      ),
    ],
    { sweepAfter: { unpublishedSeconds: 0, lostSeconds: 0 } },
  );
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});

const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [`user:${runId}`])).rows[0];
const effects = async (runId: string) =>
  (await owner.query('SELECT attempt FROM effects WHERE run_id = $1', [`user:${runId}`])).rows;
const messageOf = (runId: string, attempt: number) =>
  received(worker, {
    job: 'third-time',
    database: 'main',
    nightshift: { runId: `user:${runId}`, attempt, deferrals: 0, catalog: 'test-catalog' },
  });

async function firstFailure(runId: string) {
  await runJob(worker, received(worker, { job: 'third-time', runId }));
  expect(await row(runId)).toMatchObject({ state: 'waiting', attempt: 2, failures: 1 });
}

async function endsOnce(runId: string) {
  await drain(worker, service);
  await worker.settle();
  expect(await row(runId)).toMatchObject({ state: 'succeeded', attempt: 3, failures: 2, crashes: 0 });
  expect(await effects(runId)).toEqual([{ attempt: 3 }]);
  const { event } = await row(runId);
  for (const { bytes } of await worker.results()) expect(bytes.equals(event)).toBe(true);
}

test('a retry whose message comes twice is one next attempt', async () => {
  await firstFailure('twice');
  await owner.query("UPDATE nightshift.runs SET not_before = now() WHERE run_id = 'user:twice'");
  const twice = messageOf('twice', 2);
  await Promise.all([runJob(worker, twice), runJob(worker, { ...twice, id: 'another' })]);
  expect(await row('twice')).toMatchObject({ attempt: 3, failures: 2 });
  await endsOnce('twice');
});

test('a retry whose message comes too early waits, uncounted', async () => {
  await firstFailure('early');
  await owner.query(
    "UPDATE nightshift.runs SET not_before = now() + interval '3 s' WHERE run_id = 'user:early'",
  );
  await runJob(worker, messageOf('early', 2));
  expect(await row('early')).toMatchObject({ state: 'waiting', attempt: 2, failures: 1 });
  await endsOnce('early');
});

test('a retry whose message comes late, after that of the attempt behind it, changes nothing', async () => {
  await firstFailure('late');
  await drain(worker, service);
  const before = await row('late');
  await runJob(worker, messageOf('late', 2));
  expect(await row('late')).toMatchObject({ state: 'succeeded', attempt: 3, event: before.event });
  await endsOnce('late');
});

test('a retry whose message never comes is sent again by the sweep', async () => {
  await firstFailure('never');
  await service.getQueueClient(worker.queues.jobs).clearMessages();
  await owner.query(
    "UPDATE nightshift.runs SET not_before = now() - interval '1 s' WHERE run_id = 'user:never'",
  );
  await sweep(worker);
  await endsOnce('never');
});

test('a run that was asked for again while it waits is the same run', async () => {
  await firstFailure('again');
  await runJob(worker, received(worker, { job: 'third-time', runId: 'again' }));
  await endsOnce('again');
});
