import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Job } from '../../src/lib/jobs/job.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { handWorker } from '../support/handWorker.ts';
import { jobWith } from '../support/jobs.ts';
import { received, testWorker } from '../support/worker.ts';
import { type Fault, startAnswerProxy } from './answerProxy.ts';
import { drain } from './delivery.ts';

let database: TestDatabase;
let owner: pg.Client;
let jobs: readonly Job[];

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE public.effects (run_id text); GRANT ALL ON public.effects TO PUBLIC');
  const add = 'INSERT INTO effects VALUES (nightshift.run_id());';
  jobs = [
    await jobWith('add', 'overlap: parallel', add),
    await jobWith('loose', 'overlap: parallel\ntransaction: false', add),
    await jobWith(
      'again',
      'overlap: parallel\nretry: { attempts: 2, backoff: 1s }',
      `${add}\nDO $$ BEGIN IF nightshift.attempt() = 1 THEN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END IF; END $$;`,
    ),
  ];
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];
const effects = async (runId: string) =>
  (await owner.query('SELECT FROM effects WHERE run_id = $1', [runId])).rowCount;

/** Runs a message through a proxy, with one exchange struck, and then delivers what it left. */
async function runStruck(job: string, mark: string, fault: Fault) {
  const { postgres, storage } = inject('parts');
  const service = QueueServiceClient.fromConnectionString(storage);
  const proxy = await startAnswerProxy(`${postgres.socketDirectory}/.s.PGSQL.${postgres.port}`);
  const url = `postgresql://nightshift-app@127.0.0.1:${proxy.port}/${database.name}?sslmode=disable`;
  const home = openDatabase(url, { answerTimeoutMs: 1500 });
  const direct = await testWorker(database, jobs, { random: () => 0 });
  const worker = handWorker({ ...direct, home, jobs }, { random: () => 0 });
  // Without the mark itself: the claim carries the id.
  const runId = `${job} ${mark.replace('_', ' ')} ${fault}`;

  proxy.strike(mark, fault);
  await runJob(worker, received(worker, { job, runId }));
  expect(proxy.struck()).toBe(true);
  await worker.settle();
  await home.close();
  await proxy.stop();
  await drain(direct, service);
  await direct.settle();
  const told = await direct.results();
  await direct.close();

  const standing = await row(`user:${runId}`);
  expect(told.length).toBeGreaterThan(0);
  for (const { bytes } of told) expect(bytes.equals(standing.event)).toBe(true);
  return { ...standing, effects: await effects(`user:${runId}`) };
}

test.concurrent.each<[Fault, number]>([
  ['answer lost', 1],
  ['answer swallowed', 1],
  ['request lost', 2],
])(
  'the COMMIT of a job, its %s: the ledger is asked, and the changes are there once',
  async (fault, attempt) => {
    expect(await runStruck('add', 'finish_run', fault)).toMatchObject({
      state: 'succeeded',
      attempt,
      effects: 1,
    });
  },
);

test.concurrent.each<[Fault, number]>([
  ['answer lost', 2],
  ['answer swallowed', 2],
  ['request lost', 1],
])('the claim of a run, its %s: the run is run once', async (fault, attempt) => {
  expect(await runStruck('add', 'claim_run', fault)).toMatchObject({
    state: 'succeeded',
    attempt,
    effects: 1,
  });
});

test.concurrent.each<Fault>(['answer lost', 'answer swallowed', 'request lost'])(
  'the outcome of a job without a transaction, its %s: it is written once, and the job is not repeated',
  async (fault) => {
    expect(await runStruck('loose', 'end_run', fault)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      effects: 1,
    });
  },
);

test.concurrent.each<Fault>(['answer lost', 'answer swallowed', 'request lost'])(
  'the retry of a run, its %s: there is one next attempt',
  async (fault) => {
    expect(await runStruck('again', 'retry_run', fault)).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      failures: 1,
      crashes: 0,
      effects: 1,
    });
  },
);
