import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { sweep } from '../../src/lib/schedule/sweep.ts';
import { parseSettings } from '../../src/lib/settings.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let patient: TestWorker;
let hasty: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  const jobs = [
    await jobWith('fails-once', 'retry: { attempts: 3, backoff: 1s, maxBackoff: 1s }', FAILS_ONCE),
    await jobWith('works', 'overlap: parallel', 'SELECT 1 AS one;'),
  ];
  patient = await testWorker(database, jobs);
  hasty = await testWorker(database, jobs, { sweepAfter: { unpublishedSeconds: 1, lostSeconds: 1 } });
});
afterAll(async () => {
  await patient.close();
  await hasty.close();
  await owner.end();
  await database.drop();
});

const FAILS_ONCE = `DO $$ BEGIN
  IF nightshift.attempt() = 1 THEN RAISE EXCEPTION 'not yet' USING ERRCODE = '40001'; END IF;
END $$;`;

test('a retry whose message is lost is sent again, once its time is over by so much', async () => {
  await runJob(hasty, received(hasty, { job: 'fails-once', runId: 'lost' }));
  // The queue has lost it: nobody runs attempt 2.
  await sleep(3000);
  expect(await hasty.jobs()).toHaveLength(1);

  await sweep(patient);
  expect(await patient.jobs()).toEqual([]);
  await sweep(hasty);
  const [again] = await hasty.jobs();
  expect(again?.json.nightshift).toMatchObject({ runId: 'user:lost', attempt: 2 });
  await sweep(hasty);
  expect(await hasty.jobs()).toEqual([]);

  await runJob(hasty, received(hasty, again?.json));
  expect((await hasty.results())[0]?.json).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { runId: 'user:lost', attempt: 2 },
  });
  await hasty.settle();
});

test('an event that a crash left untold is told by the tick, the same bytes, once', async () => {
  await runJob(hasty, received(hasty, { job: 'works', runId: 'untold' }));
  await hasty.settle();
  const [told] = await hasty.results();
  await owner.query("UPDATE nightshift.runs SET published_at = NULL WHERE run_id = 'user:untold'");
  await sleep(1500);

  await sweep(patient);
  expect(await patient.results()).toEqual([]);
  await sweep(hasty);
  const [again, ...others] = await hasty.results();
  expect(others).toEqual([]);
  expect(again?.bytes).toEqual(told?.bytes);
  await sweep(hasty);
  expect(await hasty.results()).toEqual([]);
});

const SETTINGS = { DATABASE_URL: 'postgresql://app@server/shop', JobsStorage: 'UseDevelopmentStorage=true' };

test('what counts as left behind is a setting: two minutes for an event, fifteen for a run', () => {
  expect(parseSettings(SETTINGS).sweepAfter).toEqual({ unpublishedSeconds: 120, lostSeconds: 900 });
  const given = { ...SETTINGS, SWEEP_UNPUBLISHED_SECONDS: '10', SWEEP_LOST_SECONDS: '20' };
  expect(parseSettings(given).sweepAfter).toEqual({ unpublishedSeconds: 10, lostSeconds: 20 });
});
