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
