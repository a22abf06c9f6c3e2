import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { QUERY_IDENTITY } from '../../../local/identity/identities.ts';
import { receiveDeadLetter } from '../../../src/lib/runs/receiveDeadLetter.ts';
import { runJob } from '../../../src/lib/runs/runJob.ts';
import { buildApp } from '../../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { job } from '../../support/jobs.ts';
import { takeMessages } from '../../support/queues.ts';
import { received, type TestWorker, testWorker } from '../../support/worker.ts';
import { runCommand } from '../command.ts';

const JOBS = {
  one: 'SELECT 1 AS one;',
  fails: "DO $$ BEGIN RAISE EXCEPTION 'no'; END $$;",
};

let database: TestDatabase;
let owner: pg.Client;
let built: Awaited<ReturnType<typeof buildApp>>;
let worker: TestWorker;
let env: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  built = await buildApp(JOBS);
  worker = await testWorker(database, [await job('one', JOBS.one), await job('fails', JOBS.fails)]);
  const parts = inject('parts');
  env = {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    QUERY_DATABASE_URL: database.queryUrl,
    QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
    JobsStorage: parts.storage,
    JOBS_QUEUE: worker.queues.jobs,
    QUERIES_QUEUE: worker.queues.queries,
    RESULTS_QUEUE: worker.queues.results,
  };
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await built.remove();
  await database.drop();
});
beforeEach(async () => {
  await owner.query('TRUNCATE nightshift.runs, nightshift.dead_letters RESTART IDENTITY');
  await worker.jobs();
});

const nightshift = (...args: string[]) =>
  runCommand(join(built.directory, 'dist'), ['dead-letters', ...args], { env });

/** A message that the host gave up, received from the poison queue. */
async function keep(body: unknown, queue = `${worker.queues.jobs}-poison`): Promise<void> {
  await receiveDeadLetter(worker, received(worker, body, { queue }));
  await worker.settle();
  await worker.results();
}

/** What the app does with what was sent: the runs that it asks for. */
async function runSent(): Promise<string[]> {
  const sent = await worker.jobs();
  for (const { bytes } of sent) await runJob(worker, received(worker, bytes));
  await worker.settle();
  await worker.results();
  return sent.map(({ json }) => json.nightshift.runId);
}

test('list filters by job, reason, queue and time, and tells what was sent again', async () => {
  await keep({ job: 'one' });
  await keep({ job: 'nothing' });
  const ids = async (...args: string[]) =>
    (await nightshift('list', '--json', ...args)).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).id);
  expect(await ids()).toEqual(['2', '1']);
  expect(await ids('--job', 'one')).toEqual(['1']);
  expect(await ids('--reason', 'THERE IS NO JOB')).toEqual(['2']);
  expect(await ids('--queue', 'elsewhere')).toEqual([]);
  expect(await ids('--since', '1h')).toEqual(['2', '1']);
  await nightshift('redrive', '1');
  expect((await nightshift('list')).stdout).toContain('sent again');
  expect((await nightshift('show', '1')).stdout).toMatch(/^sent again +1×, \d{4}/m);
});

test('redrive sends a letter as a run of its own, once', async () => {
  await keep({ job: 'one', runId: 'old' });
  const planned = await nightshift('redrive', '--all', '--dry-run');
  expect(planned).toMatchObject({
    code: 0,
    stdout: '     1  would be sent as user:old#r1\n',
    stderr: '1 would be sent.\n',
  });
  expect(await worker.jobs()).toEqual([]);

  expect(await nightshift('redrive', '1')).toMatchObject({
    code: 0,
    stdout: '     1  sent as user:old#r1\n',
  });
  // Not received yet: the same run.
  expect(await nightshift('redrive', '1')).toMatchObject({ stdout: '     1  sent as user:old#r1\n' });
  expect((await nightshift('redrive', '--all')).stdout).toContain(
    '1  left: It was sent again as user:old#r1, which has not been received yet.',
  );
  expect(await runSent()).toEqual(['user:old#r1', 'user:old#r1']);
  const { rows } = await owner.query('SELECT run_id, state, attempt FROM nightshift.runs ORDER BY id');
  expect(rows).toEqual([
    { run_id: 'user:old', state: 'deadlettered', attempt: 1 },
    { run_id: 'user:old#r1', state: 'succeeded', attempt: 1 },
  ]);

  const done = await nightshift('redrive', '1', '--json');
  expect(JSON.parse(done.stdout)).toEqual({
    id: '1',
    action: 'left',
    runId: null,
    why: 'user:old#r1 has succeeded.',
  });
  expect(await worker.jobs()).toEqual([]);
});

test('what failed again is sent once more when asked for by its number, or with --again', async () => {
  await keep({ job: 'fails', runId: 'old' });
  await nightshift('redrive', '--job', 'fails');
  await runSent();
  expect((await nightshift('redrive', '--all')).stdout).toContain(
    'which ended as failed. --again sends it once more.',
  );
  expect((await nightshift('redrive', '1')).stdout).toContain('sent as user:old#r2');
  await runSent();
  expect((await nightshift('redrive', '--all', '--again')).stdout).toContain('sent as user:old#r3');
  expect(await runSent()).toEqual(['user:old#r3']);
});

test('a redrive that was interrupted between sending and noting it is the same run', async () => {
  await keep({ job: 'fails', runId: 'old' });
  await nightshift('redrive', '1');
  await owner.query('UPDATE nightshift.dead_letters SET redrives = 0, redriven_at = NULL');
  expect((await nightshift('redrive', '--all')).stdout).toContain('sent as user:old#r1');
  await owner.query('UPDATE nightshift.dead_letters SET redrives = 0, redriven_at = NULL');
  await runSent();
  expect((await nightshift('redrive', '--all')).stdout).toContain(
    'left: It was sent again as user:old#r1, which ended as failed.',
  );
  expect(await worker.jobs()).toEqual([]);
});

test('nothing is sent while a run of the letter is under way', async () => {
  await keep({ job: 'fails', runId: 'old' });
  await nightshift('redrive', '1');
  await runSent();
  await owner.query(
    "UPDATE nightshift.runs SET state = 'waiting', event = NULL, finished_at = NULL WHERE run_id = 'user:old#r1'",
  );
  expect(await nightshift('redrive', '1', '--again')).toMatchObject({
    code: 0,
    stdout: '     1  left: user:old#r1 is under way: waiting.\n',
  });
});

test('what the app would reject again is refused, unless it is not to be checked', async () => {
  await keep({ job: 'later' });
  await keep(Buffer.from('{"job":'));
  const checked = await nightshift('redrive', '--all');
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain('1  refused: It would be rejected again. job: There is no job "later".');
  expect(checked.stdout).toContain('2  refused: The message');
  expect(await nightshift('redrive', '1', '--no-check')).toMatchObject({ code: 0 });
  expect((await worker.jobs()).map(({ json }) => json.job)).toEqual(['later']);
});

test('a message that used the id of another run is refused: its redrives would be that one’s', async () => {
  await runJob(worker, received(worker, { job: 'one', runId: 'taken' }));
  await runJob(worker, received(worker, { job: 'fails', runId: 'taken' }));
  await worker.settle();
  const { code, stdout } = await nightshift('redrive', '--all');
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('1  refused: ') });
  expect(stdout).toContain('dead-letters show 1 --body');
});

test('an ad-hoc query is sent again as it came', async () => {
  const queue = `${worker.queues.queries}-poison`;
  const body = Buffer.from(Buffer.from('{"sql":"SELECT 1"}').toString('base64'));
  await keep(body, queue);
  expect(await nightshift('redrive', '1')).toMatchObject({ code: 0, stdout: '     1  sent\n' });
  const service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  expect((await takeMessages(service, worker.queues.queries))[0]?.json).toEqual({ sql: 'SELECT 1' });
  expect((await nightshift('redrive', '--all')).stdout).toContain('1  left: It was sent again at ');
});

test('a ledger that cannot be asked whether the run has succeeded sends nothing', async () => {
  await keep({ job: 'one', database: 'eu' });
  const url = database.url.replace(database.name, 'not_there');
  const { code, stdout } = await runCommand(
    join(built.directory, 'dist'),
    ['dead-letters', 'redrive', '--all'],
    { env: { ...env, DATABASE_URL_EU: url } },
  );
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringContaining('1  refused: Whether it has run cannot be asked.'),
  });
  expect(await worker.jobs()).toEqual([]);
});

test('of two commands at once the second one is refused', async () => {
  await keep({ job: 'one' });
  await owner.query("SELECT pg_advisory_lock(hashtextextended('nightshift.dead-letters', 0))");
  const { code, stderr } = await nightshift('redrive', '--all');
  await owner.query('SELECT pg_advisory_unlock_all()');
  expect(code).toBe(1);
  expect(stderr).toContain('Another command is redriving or dropping dead letters');
});

test('drop deletes what is chosen, once its event is told, and is harmless to repeat', async () => {
  await keep({ job: 'one' });
  await keep({ job: 'nothing' });
  await keep({ job: 'one' });
  expect(await nightshift('drop', '--job', 'one', '--dry-run')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ {5}1 {2}would be dropped: .*\n {5}3 {2}would be dropped: /),
  });
  await owner.query('UPDATE nightshift.dead_letters SET published_at = NULL WHERE id = 3');
  const { code, stdout } = await nightshift('drop', '--job', 'one');
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/1 {2}dropped: .*\n.*3 {2}left: Its event/),
  });
  expect(await nightshift('drop', '1', '2')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2  dropped'),
    stderr: 'There is no dead letter 1: nothing to delete.\n',
  });
  expect((await owner.query('SELECT id FROM nightshift.dead_letters')).rows).toEqual([{ id: '3' }]);
});

test.each([
  [['redrive'], 'Say which: by their numbers'],
  [['drop'], 'Say which: by their numbers'],
  [['redrive', '1', '--all'], 'one of them.'],
  [['drop', '--all', '--job', 'x'], 'one of them.'],
  [['redrive', 'x'], 'It must be a whole number'],
  [['list', '--since', 'soon'], 'It must be an instant'],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await nightshift(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
