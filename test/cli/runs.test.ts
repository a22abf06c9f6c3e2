import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { buildApp, type RunningApp, startApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { runCommand } from './command.ts';

const JOBS = {
  report: [
    '-- ---',
    '-- parameters:',
    '--   of: { type: integer, default: 1 }',
    '-- ---',
    "SELECT nightshift.parameter('of')::bigint AS given, 'a' || chr(27) || '[31mb' AS text;",
  ].join('\n'),
  fails: "DO $$ BEGIN RAISE EXCEPTION 'No orders at all' USING HINT = 'Look at the import.'; END $$;",
};

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let app: RunningApp;
let env: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp(JOBS);
  const queries = { QUERY_DATABASE_URL: database.queryUrl, QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId };
  app = await startApp(built.directory, database, queries);
  const parts = inject('parts');
  env = {
    ...parts.identity.appService,
    ...queries,
    DATABASE_URL: database.url,
    JobsStorage: parts.storage,
    JOBS_QUEUE: app.queues.jobs,
    QUERIES_QUEUE: app.queues.queries,
    RESULTS_QUEUE: app.queues.results,
  };
});
afterAll(async () => {
  await app.stop();
  await built.remove();
  await database.drop();
});

const nightshift = (...args: string[]) => runCommand(join(built.directory, 'dist'), args, { env });

test('run --wait shows the rows on standard output, and how it went beside them', async () => {
  const { code, stdout, stderr } = await nightshift('run', 'report', '--parameter', 'of=7', '--wait');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'given  text\n─────  ──────────\n    7  a\\x1b[31mb\n',
  });
  expect(stderr).toContain('succeeded, 1 row, in');
});

test('run --wait of a job that fails says why, and its exit code is 1', async () => {
  const { code, stdout, stderr } = await nightshift('run', 'fails', '--wait');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('No orders at all (SQLSTATE P0001)');
  expect(stderr).toContain('hint: Look at the import.');
});

test('run prints the id that runs then finds', async () => {
  const { code, stdout } = await nightshift('run', 'report', '--run-id', 'once', '--quiet');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'user:once\n' });
  const again = await nightshift('run', 'report', '--run-id', 'once', '--wait', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { runId: 'user:once' },
  });
  const listed = await nightshift('runs', '--run-id', 'user:once', '--json');
  expect(JSON.parse(listed.stdout)).toMatchObject({
    runId: 'user:once',
    job: 'report',
    state: 'succeeded',
    attempt: 1,
  });
});

test('a run id that was used for something else is told before it is sent', async () => {
  await nightshift('run', 'report', '--run-id', 'taken', '--wait');
  const otherJob = await nightshift('run', 'fails', '--run-id', 'taken', '--wait');
  expect(otherJob).toMatchObject({ code: 2, stdout: '' });
  expect(otherJob.stderr).toContain('Run user:taken was asked for before, for job report.');
  const otherValue = await nightshift('run', 'report', '-p', 'of=2', '--run-id', 'taken', '--wait');
  expect(otherValue.stderr).toContain('with another value of of.');
});

test('a message that the app rejects ends the wait with what is wrong, and exit code 10', async () => {
  const { code, stdout, stderr } = await nightshift('run', 'report', '-p', 'x=1', '--no-check', '--wait');
  expect({ code, stdout }).toEqual({ code: 10, stdout: '' });
  expect(stderr).toContain('The job has no parameter "x"');
});

test.each([
  [['run', 'reprot'], 'Did you mean "report"?'],
  [['run', 'report', '--parameter', 'off=1'], 'Did you mean "of"?'],
  [['run', 'report', '--parameter', 'of=x'], 'expected a whole number'],
  [['run', 'report', '--parameter', 'of'], 'It must be name=value'],
  [['run', 'report', '--database', 'mian'], 'Did you mean "main"?'],
  [['run', 'report', '--scheduled-for', '2026-02-30T00:00:00Z'], 'It must be an instant'],
  [['run', 'report', '--timeout', 'soon'], 'It must be a duration'],
])('%j is told before anything is sent', async (args, message) => {
  const { code, stdout, stderr } = await nightshift(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('query shows a table, CSV or the event, and leaves no reply queue behind', async () => {
  const sql = 'SELECT $1::bigint AS n, NULL::text AS nothing, \'{"a":[1]}\'::jsonb AS doc';
  const table = await nightshift('query', sql, '--parameter', '9007199254740993');
  expect(table).toMatchObject({
    code: 0,
    stdout:
      '               n  nothing  doc\n────────────────  ───────  ─────────\n9007199254740993  NULL     {"a":[1]}\n',
  });
  const csv = await nightshift('query', sql, '--parameter', '1', '--csv');
  expect(csv.stdout).toBe('n,nothing,doc\n1,,"{""a"":[1]}"\n');
  const json = await nightshift('query', sql, '--parameter', '1', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    type: 'nightshift.query.succeeded',
    data: { rows: [['1', null, { a: [1] }]] },
  });
  expect(await replyQueues()).toEqual([]);
});

test('query reads its statement from standard input, and an error of the statement is exit code 1', async () => {
  const { code, stderr } = await runCommand(join(built.directory, 'dist'), ['query', '--file', '-'], {
    env,
    input: 'SELECT 1/0',
  });
  expect(code).toBe(1);
  expect(stderr).toContain('division by zero');
});

test('a statement that would change something is refused', async () => {
  const { code, stderr } = await nightshift('query', 'CREATE TABLE t ()');
  expect(code).toBe(1);
  expect(stderr).toContain('returns no rows');
});

test('results peeks: each event is shown, and none is taken', async () => {
  await nightshift('run', 'report', '--run-id', 'peeked', '--wait');
  const first = await nightshift('results', '--json');
  const second = await nightshift('results', '--json');
  expect(first.stdout).toContain('"user:peeked"');
  expect(second.stdout).toBe(first.stdout);
  const people = await nightshift('results');
  expect(people.stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}succeeded {5}report {2}1 row$/m);
});

test('runs filters by job and state', async () => {
  await nightshift('run', 'fails', '--wait');
  const { stdout } = await nightshift(
    'runs',
    '--state',
    'failed',
    '--job',
    'fails',
    '--since',
    '1h',
    '--json',
  );
  const runs = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(new Set(runs.map(({ job, state }) => `${job} ${state}`))).toEqual(new Set(['fails failed']));
  const none = await nightshift('runs', '--job', 'fails', '--until', '2020-01-01');
  expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'There are no such runs.\n' });
});

async function replyQueues(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of app.service.listQueues({ prefix: `${app.queues.results}-cli` }))
    names.push(name);
  return names;
}
