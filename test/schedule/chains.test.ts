import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { occurrenceMessage } from '../../src/lib/schedule/occurrenceMessage.ts';
import { tick } from '../../src/lib/schedule/tick.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { drain } from '../support/drain.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

const AT = Date.parse('2026-03-01T02:00:00Z');
let database: TestDatabase;
let other: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  [database, other] = [await testDatabase(), await testDatabase()];
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(
    'CREATE TABLE public.switch (fail boolean); GRANT SELECT ON public.switch TO "nightshift-app"',
  );
  const failing =
    "DO $$ BEGIN IF EXISTS (SELECT FROM switch WHERE fail) THEN RAISE EXCEPTION 'no'; END IF; END $$;";
  worker = await testWorker(
    database,
    [
      await jobWith('load', 'schedule: "0 2 * * *"\ndatabase: [main, eu]', 'SELECT 1;'),
      await jobWith('clean', 'schedule: "0 2 * * *"', failing),
      await jobWith('report', 'after: [load, clean]', 'SELECT nightshift.scheduled_for() AS due;'),
      await jobWith('send', 'after: [report]', 'SELECT 1;'),
    ],
    {},
    { eu: other.url },
  );
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
  await other.drop();
});
beforeEach(() => owner.query('TRUNCATE switch; TRUNCATE nightshift.runs; TRUNCATE nightshift.occurrences'));

const run = (job: string, databaseName = 'main', at = AT) =>
  runJob(
    worker,
    received(worker, occurrenceMessage({ job, database: databaseName, scheduledFor: at }, 'test-catalog')),
  );
const told = (events: Awaited<ReturnType<typeof drain>>) =>
  events.map(({ json }) => `${json.data.job} ${json.data.database} ${json.type.split('.').at(-1)}`);

test('a job runs once when all that it follows have succeeded for the occurrence, in every database', async () => {
  await run('load', 'main');
  await run('clean');
  expect(told(await drain(worker))).toEqual(['load main succeeded', 'clean main succeeded']);
  await run('load', 'eu', AT + 86_400_000);
  expect(told(await drain(worker))).toEqual(['load eu succeeded']);
  await run('load', 'eu');
  const events = await drain(worker);
  expect(told(events)).toEqual(['load eu succeeded', 'report main succeeded', 'send main succeeded']);
  expect(events[1]?.json.data.runId).toBe('schedule:report@2026-03-01T02:00:00Z/main');
});

test('a parent that fails skips its children, and theirs, with the reason', async () => {
  await owner.query('INSERT INTO switch VALUES (true)');
  await run('clean');
  const events = await drain(worker);
  expect(told(events)).toEqual(['clean main failed', 'report main skipped', 'send main skipped']);
  expect(events[1]?.json.data.reason).toContain('clean (main) failed');
  await run('load', 'main');
  await run('load', 'eu');
  expect(told(await drain(worker)).filter((line) => line.startsWith('report'))).toEqual([
    'report main skipped',
    'report main skipped',
  ]);
});

test('a chain that a crash left is carried on by the tick', async () => {
  for (const name of ['main', 'eu']) await run('load', name);
  await run('clean');
  // The worker died before it sent the child: nobody has heard of it.
  await worker.jobs();
  await worker.results();
  await owner.query("DELETE FROM nightshift.occurrences WHERE job = 'report'");
  await owner.query(`INSERT INTO nightshift.occurrences (run_id, job, database, scheduled_for)
    SELECT run_id, job, database, now() - interval '1 minute' FROM nightshift.runs WHERE job = 'clean'`);
  await owner.query(`UPDATE nightshift.occurrences SET scheduled_for = date_trunc('second', scheduled_for)`);
  const { rows } = await owner.query('SELECT scheduled_for FROM nightshift.occurrences');
  const at = rows[0].scheduled_for.getTime();
  for (const [name, client] of [
    ['load', owner],
    ['clean', owner],
  ] as const) {
    await client.query('UPDATE nightshift.runs SET run_id = $1 WHERE job = $2 AND database = $3', [
      `schedule:${name}@${new Date(at).toISOString().replace('.000Z', 'Z')}/main`,
      name,
      'main',
    ]);
  }
  const eu = new pg.Client(other.ownerUrl);
  await eu.connect();
  await eu.query('UPDATE nightshift.runs SET run_id = $1 WHERE run_id = $2', [
    `schedule:load@${new Date(at).toISOString().replace('.000Z', 'Z')}/eu`,
    'schedule:load@2026-03-01T02:00:00Z/eu',
  ]);
  await eu.end();
  await tick(worker);
  const jobs = await worker.jobs();
  expect(jobs.map(({ json }) => json.job)).toContain('report');
});
