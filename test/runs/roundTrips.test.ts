import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { handWorker } from '../support/handWorker.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';
import { type CountingProxy, startCountingProxy } from './countingProxy.ts';

let database: TestDatabase;
let owner: pg.Client;
let proxy: CountingProxy;
let parts: TestWorker;

beforeAll(async () => {
  const { socketDirectory, port } = inject('parts').postgres;
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE public.effects (n int); GRANT ALL ON public.effects TO PUBLIC');
  proxy = await startCountingProxy(`${socketDirectory}/.s.PGSQL.${port}`);
  parts = await testWorker(database, [
    await jobWith('three', 'overlap: parallel', 'INSERT INTO effects VALUES (1);\n'.repeat(3)),
    await jobWith(
      'loose',
      'overlap: parallel\ntransaction: false',
      'INSERT INTO effects VALUES (1);\n'.repeat(3),
    ),
  ]);
});
afterAll(async () => {
  await parts.close();
  await proxy.stop();
  await owner.end();
  await database.drop();
});

test.each([
  // The claim; BEGIN, begin_run and the whole script; finish_run and COMMIT.
  ['three', ['claim_run', 'begin_run', 'finish_run']],
  // The claim; begin_run; each statement by itself; the settings' end; the outcome.
  ['loose', ['claim_run', 'begin_run', 'INSERT', 'INSERT', 'INSERT', 'RESET', 'end_run']],
])('a run of %s on a warm connection takes no more round trips than it has steps', async (job, expected) => {
  const home = openDatabase(
    `postgresql://nightshift-app@127.0.0.1:${proxy.port}/${database.name}?sslmode=disable`,
  );
  const worker = handWorker({ ...parts, home, jobs: parts.catalog.jobs });
  const run = async (runId: string) => {
    await runJob(worker, received(worker, { job, runId }));
    await worker.settle();
  };
  await run(`${job}-cold`);
  proxy.roundTrips();
  await run(`${job}-warm`);
  await home.close();

  const asked = proxy.roundTrips();
  // What a new connection is asked, what cleans it, and what follows the run, are off its path.
  const ofTheRun = asked.filter(
    (text) =>
      !/application_name|server_version|DISCARD ALL|mark_published|schema_version|paused|pauses|chain/i.test(
        text,
      ),
  );
  expect(ofTheRun.map((text) => expected.find((word) => text.includes(word)) ?? text)).toEqual(expected);
});
