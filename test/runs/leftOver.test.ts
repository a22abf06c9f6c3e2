import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

const LITTER = `
SET work_mem = '77MB'; SET search_path = elsewhere; SET statement_timeout = 12345;
SET timezone = 'Asia/Tokyo'; SET default_transaction_isolation = 'serializable'; SET synchronous_commit = off;
CREATE TEMP TABLE left_over (n int);
CREATE FUNCTION pg_temp.run_id() RETURNS text LANGUAGE sql AS $$ SELECT 'mine' $$;
PREPARE left_over AS SELECT 1; LISTEN left_over;
SELECT pg_advisory_lock(4711), pg_advisory_lock_shared(4712);
SET SESSION nightshift.run_id = 'somebody else'; SET ROLE reader_ROLE;`;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  const role = `reader_${database.name}`;
  await owner.query(`
    CREATE SCHEMA elsewhere; GRANT USAGE ON SCHEMA elsewhere TO PUBLIC;
    CREATE FUNCTION elsewhere.decode(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT 'forged'::bytea $$;
    CREATE ROLE ${role}; GRANT ${role} TO "nightshift-app"`);
  const litter = LITTER.replace('reader_ROLE', role);
  worker = await testWorker(database, [
    await jobWith('litter', 'overlap: parallel', litter),
    await jobWith('loose-litter', 'overlap: parallel\ntransaction: false', litter),
    await jobWith(
      'look',
      'overlap: parallel',
      `SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid IN (4711, 4712)),
              (SELECT count(*) FROM pg_class WHERE relname = 'left_over'),
              (SELECT count(*) FROM pg_prepared_statements WHERE name = 'left_over'),
              (SELECT count(*) FROM pg_listening_channels()),
              current_setting('work_mem') = (SELECT reset_val || 'kB' FROM pg_settings WHERE name = 'work_mem') OR current_setting('work_mem') = '4MB',
              current_setting('search_path'), current_setting('timezone'), current_setting('transaction_isolation'),
              current_setting('synchronous_commit'), current_user, nightshift.run_id(), pg_backend_pid()::text;`,
    ),
    await jobWith(
      'shuts-itself-off',
      'overlap: parallel\ntransaction: false',
      'SET default_transaction_read_only = on; SET statement_timeout = 1; SET search_path = elsewhere, pg_catalog; SET synchronous_commit = off;',
    ),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.query(`DROP OWNED BY reader_${database.name}; DROP ROLE reader_${database.name}`);
  await owner.end();
  await database.drop();
});

async function run(job: string, runId: string) {
  await runJob(worker, received(worker, { job, runId }));
  await worker.settle();
  const [event] = await worker.results();
  return event?.json;
}

const backendOf = async (runId: string) =>
  (await owner.query('SELECT backend_pid FROM nightshift.runs WHERE run_id = $1', [`user:${runId}`])).rows[0]
    .backend_pid;

test.each([
  ['litter', true],
  ['loose-litter', false],
])('what a job leaves in its session (%s) does not reach the next run', async (job, sameSession) => {
  expect((await run(job, job)).type).toBe('nightshift.run.succeeded');
  const sessions: unknown[] = [];
  // The pool takes turns: look until each of its sessions has been seen.
  for (let look = 0; look < 4; look += 1) {
    const { data } = await run('look', `${job}-look-${look}`);
    sessions.push(Number(data.rows[0].pop()));
    expect(data.rows).toEqual([
      [
        '0',
        '0',
        '0',
        '0',
        true,
        '"$user", public',
        'UTC',
        'read committed',
        'on',
        'nightshift-app',
        `user:${job}-look-${look}`,
      ],
    ]);
  }
  const used = await backendOf(job);
  if (sameSession) expect(sessions).toContain(used);
  else expect(sessions).not.toContain(used);
});

test('a job cannot shut itself off from its outcome', async () => {
  expect(await run('shuts-itself-off', 'off')).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { attempt: 1, runId: 'user:off' },
  });
  const { rows } = await owner.query(
    "SELECT convert_from(event, 'UTF8')::json->>'type' AS type FROM nightshift.runs WHERE run_id = 'user:off'",
  );
  expect(rows).toEqual([{ type: 'nightshift.run.succeeded' }]);
});
