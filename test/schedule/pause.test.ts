import { afterAll, beforeAll, expect, test } from 'vitest';
import { pauseJob, resumeJob } from '../../src/lib/ledger/pauses.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { createPauses } from '../../src/lib/schedule/pauses.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { job } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let worker: TestWorker;
beforeAll(async () => {
  database = await testDatabase();
  worker = await testWorker(database, [await job('one', 'SELECT 1;')]);
});
afterAll(async () => {
  await worker.close();
  await database.drop();
});

/** Asks the home database anew, as a worker does a second later. */
const fresh = () => ({ ...worker, pauses: createPauses(worker.home, Date.now) });
async function eventOf(message: object) {
  await runJob(fresh(), received(worker, message));
  const [event] = await worker.results();
  return event?.json;
}
const pause = (name: string, until: string | null, reason: string | null) =>
  worker.home.withConnection((connection) => pauseJob(connection, name, until, reason));
const resume = (name: string) => worker.home.withConnection((connection) => resumeJob(connection, name));

test('a paused job is skipped with the reason, and runs when it is forced or resumed', async () => {
  await pause('one', null, 'month end');
  expect(await eventOf({ job: 'one' })).toMatchObject({
    type: 'nightshift.run.skipped',
    data: { reason: 'one is paused: month end' },
  });
  expect(await eventOf({ job: 'one', force: true })).toMatchObject({ type: 'nightshift.run.succeeded' });
  expect(await resume('one')).toBe(true);
  expect(await resume('one')).toBe(false);
  expect(await eventOf({ job: 'one' })).toMatchObject({ type: 'nightshift.run.succeeded' });
});

test('all jobs can be paused, for a time', async () => {
  await pause('*', new Date(Date.now() + 60_000).toISOString(), null);
  expect((await eventOf({ job: 'one' })).data.reason).toMatch(/^All jobs are paused until /);
  await pause('*', new Date(Date.now() - 1000).toISOString(), null);
  expect(await eventOf({ job: 'one' })).toMatchObject({ type: 'nightshift.run.succeeded' });
});

test('while the home database is away the last known answer stands', async () => {
  await pause('one', null, null);
  let now = 0;
  const pauses = createPauses(worker.home, () => now);
  expect(await pauses.of('one')).toMatchObject({ job: 'one' });
  const away = await testWorker({ ...database, url: database.url.replace(database.name, 'not_there') }, []);
  const unknowing = createPauses(away.home, () => now);
  expect(await unknowing.of('one')).toBeNull();
  await resume('one');
  expect(await pauses.of('one')).toMatchObject({ job: 'one' });
  now = 2000;
  expect(await pauses.of('one')).toBeNull();
  await away.close();
});
