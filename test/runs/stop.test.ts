import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(
    'CREATE TABLE public.effects (note text); GRANT ALL ON public.effects TO "nightshift-app"',
  );
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

async function deferred(worker: TestWorker) {
  const messages: Awaited<ReturnType<TestWorker['jobs']>> = [];
  await expect.poll(async () => messages.push(...(await worker.jobs())), { timeout: 10_000 }).toBe(1);
  return messages[0]?.json;
}

test.each(['true', 'false'])(
  'a worker that is asked to stop hands its run back at once (transaction: %s)',
  async (transaction) => {
    const stop = new AbortController();
    const jobs = [
      await jobWith(
        'long',
        `transaction: ${transaction}`,
        "INSERT INTO effects VALUES ('x');\nSELECT pg_sleep(CASE nightshift.attempt() WHEN 1 THEN 60 ELSE 0 END);",
      ),
    ];
    const worker = await testWorker(database, jobs, { stopping: stop.signal });
    const runId = `user:stop-${transaction}`;
    const running = runJob(worker, received(worker, { job: 'long', runId: `stop-${transaction}` }));
    await expect.poll(async () => (await row(runId))?.state, { timeout: 10_000 }).toBe('running');
    await expect
      .poll(
        async () => (await owner.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount,
      )
      .toBeGreaterThan(0);
    stop.abort();
    await running;
    expect(await row(runId)).toMatchObject({ state: 'waiting', attempt: 2, failures: 0, crashes: 0 });

    const message = await deferred(worker);
    expect(message).toMatchObject({ nightshift: { runId, attempt: 2 } });
    const next = await testWorker(database, jobs);
    await runJob(next, received(next, message));
    expect(await row(runId)).toMatchObject({ state: 'succeeded', attempt: 2 });
    const { rowCount } = await owner.query('SELECT FROM effects');
    expect(rowCount).toBe(transaction === 'true' ? 1 : 3);
    await worker.close();
    await next.close();
  },
);

test.each(['true', 'false'])(
  'a run that is claimed while the worker is already stopping is handed back unbegun (transaction: %s)',
  async (transaction) => {
    const job = await jobWith(
      `late-${transaction}`,
      `transaction: ${transaction}`,
      "INSERT INTO effects VALUES ('late');",
    );
    const worker = await testWorker(database, [job], { stopping: AbortSignal.abort() });
    const runId = `user:late-${transaction}`;
    await runJob(worker, received(worker, { job: job.name, runId: `late-${transaction}` }));
    expect(await row(runId)).toMatchObject({ state: 'waiting', attempt: 2, failures: 0, crashes: 0 });
    expect(await deferred(worker)).toMatchObject({ nightshift: { runId, attempt: 2 } });
    const { rowCount } = await owner.query("SELECT FROM effects WHERE note = 'late'");
    expect(rowCount).toBe(0);
    await worker.close();
  },
);

test('a job that does not heed its cancel loses its session, and the timeout is told', async () => {
  // A handler that swallows the cancel stands for code that does not look for it.
  const sql = `DO $$ BEGIN
    FOR i IN 1..600 LOOP
      BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN NULL; END;
    END LOOP;
  END $$;`;
  const worker = await testWorker(database, [await jobWith('deaf', 'timeout: 1s', sql)]);
  await runJob(worker, received(worker, { job: 'deaf', runId: 'deaf' }));
  const [event] = await worker.results();
  expect(event?.json).toMatchObject({
    type: 'nightshift.run.failed',
    data: { error: { sqlState: '57014' } },
  });
  expect(event?.json.data.error.message).toContain('its session was ended');
  const { rowCount } = await owner.query(
    "SELECT FROM pg_stat_activity WHERE query LIKE '%query_canceled%' AND pid <> pg_backend_pid()",
  );
  expect(rowCount).toBe(0);
  await worker.close();
});
