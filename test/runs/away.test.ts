import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { freePort } from '../support/freePort.ts';
import { job } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function workerOf(url: string): Promise<TestWorker> {
  return testWorker({ ...database, url }, [await job('one', 'SELECT 1;')], { random: () => 0 });
}

/** What a delivery left in the jobs queue, as soon as it can be received. */
async function deferred(worker: TestWorker) {
  const messages: Awaited<ReturnType<TestWorker['jobs']>> = [];
  await expect.poll(async () => messages.push(...(await worker.jobs())), { timeout: 20_000 }).toBe(1);
  return messages[0]?.json;
}

test.concurrent.each([
  [
    'nobody listens',
    async () => `postgresql://nightshift-app@127.0.0.1:${await freePort()}/x?sslmode=disable`,
  ],
  ['the host has no address', async () => 'postgresql://nightshift-app@nowhere.invalid/x'],
  ['the database does not exist', async () => database.url.replace(database.name, 'nothing_here')],
  ['the login is refused', async () => database.url.replace('nightshift-app@', 'nightshift-query@')],
  ['there is no schema', async () => database.url.replace(database.name, 'postgres')],
])('a run goes back to the queue, uncounted, while %s', async (_, url) => {
  const worker = await workerOf(await url());
  await runJob(worker, received(worker, { job: 'one', runId: 'x' }));
  expect(await worker.results()).toEqual([]);
  expect(await deferred(worker)).toMatchObject({
    job: 'one',
    nightshift: { runId: 'user:x', attempt: 1, deferrals: 1, firstSeenAt: expect.any(String) },
  });
  await worker.close();
});

test('who has waited for a turn does not wait the longer for a database that is away for a moment', async () => {
  const nobody = await workerOf(
    `postgresql://nightshift-app@127.0.0.1:${await freePort()}/x?sslmode=disable`,
  );
  const own = {
    runId: 'user:turn',
    attempt: 1,
    deferrals: 7,
    firstSeenAt: new Date().toISOString(),
    catalog: 'x',
  };
  // Seven times nobody answered: the next look is minutes away.
  await runJob(nobody, received(nobody, { job: 'one', nightshift: own }));
  expect(nobody.logged.join()).toContain('back to the queue for 300 s');

  const owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query("SELECT pg_advisory_lock(nightshift.run_lock_key('user:turn'))");
  const worker = await workerOf(database.url);
  await runJob(worker, received(worker, { job: 'one', nightshift: own }));
  await owner.end();
  const answered = await deferred(worker);
  expect(answered).toMatchObject({ nightshift: { attempt: 1, deferrals: 0 } });
  await runJob(nobody, received(nobody, answered));
  expect(nobody.logged.join()).toContain('back to the queue for 5 s');
  await worker.close();
  await nobody.close();
});
