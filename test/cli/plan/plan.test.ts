import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { pauseJob } from '../../../src/lib/ledger/pauses.ts';
import { buildApp } from '../../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { freePort } from '../../support/freePort.ts';
import { type TestWorker, testWorker } from '../../support/worker.ts';
import { runCommand } from '../command.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;
let built: Awaited<ReturnType<typeof buildApp>>;
let env: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  worker = await testWorker(database, []);
  built = await buildApp({
    often: '-- ---\n-- every: 1h\n-- database: "*"\n-- overlap: queue\n-- ---\nSELECT 1;',
    daily: "-- ---\n-- schedule: '30 2 * * *'\n-- timeZone: Europe/Berlin\n-- ---\nSELECT 1;",
    report: '-- ---\n-- after: daily\n-- ---\nSELECT 1;',
  });
  env = {
    ...inject('parts').identity.appService,
    DATABASE_URL: database.url,
    DATABASE_URL_EU: database.url,
    TZ: 'America/New_York',
  };
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await built.remove();
  await database.drop();
});

const plan = (args: readonly string[], more: Record<string, string> = {}) =>
  runCommand(join(built.directory, 'dist'), ['plan', ...args], { env: { ...env, ...more } });
const rowsOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Runs of the past, one for each duration. */
const past = (job: string, minutes: readonly number[]) =>
  owner.query(
    `INSERT INTO nightshift.runs (run_id, job, database, request_hash, parameters, message, state, event, started_at, finished_at)
     SELECT $1 || n, $1, 'main', '', '{}', '{}', 'succeeded', '', now() - interval '1 minute' * m, now()
     FROM unnest($2::int[]) WITH ORDINALITY AS given (m, n)`,
    [job, minutes],
  );

test('tells on both clocks what runs, and what daylight saving moves', async () => {
  const { code, stdout, stderr } = await plan([
    '--from',
    '2026-03-28',
    '--to',
    '2026-03-29',
    '--job',
    'daily',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    '2026-03-28 21:00:00  daily  2026-03-29 03:00:00 +02:00 Europe/Berlin  its time is left out: the clocks go forward by 1 h',
  );
  const chained = await plan(['--from', '2026-03-28', '--to', '2026-03-29', '--job', 'report', '--json']);
  expect(rowsOf(chained.stdout)).toMatchObject([
    { job: 'report', at: '2026-03-29T01:00:00.000Z', after: ['daily'], paused: false },
    { at: '2026-03-30T00:30:00.000Z' },
  ]);
});

test('tells by the median of past runs what overlaps, in each database', async () => {
  await past('often', [1, 80, 80, 80, 600]);
  const args = ['--job', 'often', '--from', '2026-01-01T00:00:00Z', '--to', '90m'];
  const [first, second] = rowsOf((await plan([...args, '--json'])).stdout);
  expect(first.databases).toMatchObject([
    { database: 'main', expectedMs: 80 * 60_000, overlapsUntil: null },
    { database: 'eu' },
  ]);
  expect(second.databases).toMatchObject([
    { database: 'main', overlapsUntil: '2026-01-01T01:20:00.000Z', overlap: 'queue' },
    { database: 'eu' },
  ]);
  const people = await plan([...args, '--zone', 'UTC']);
  expect(people.stdout).toContain('1 h 20 min');
  expect(people.stdout).toContain(
    'in main waits for the run before, which goes on until 2026-01-01 01:20:00',
  );
});

test('tells what is paused then', async () => {
  await worker.home.withConnection((connection) =>
    pauseJob(connection, 'daily', '2999-01-02T12:00:00Z', 'the move'),
  );
  const { stdout } = await plan(['--job', 'daily', '--from', '2999-01-01', '--to', '2999-01-03', '--json']);
  expect(rowsOf(stdout).map(({ paused }) => paused)).toEqual([true, false, false]);
  const people = await plan(['--job', 'daily', '--from', '2999-01-01', '--to', '2999-01-01']);
  expect(people.stdout).toContain('paused until 2999-01-02 07:00:00: the move');
});

test('works without a database, and when one of them is away', async () => {
  const alone = await plan(['--job', 'daily'], { DATABASE_URL: '', DATABASE_URL_EU: '' });
  expect(alone).toMatchObject({ code: 0, stderr: expect.stringContaining('No database is configured') });
  expect(alone.stdout).toContain('daily');
  const away = database.url.replace(/localhost:\d+/, `localhost:${await freePort()}`);
  const half = await plan(['--job', 'often', '--json'], { DATABASE_URL_EU: away });
  expect(half.stderr).toContain('Database eu is left out of what is known.');
  expect(rowsOf(half.stdout)[0]).toMatchObject({ paused: false, databases: [{ database: 'main' }, {}] });
});

test('says that there is more', async () => {
  const { stdout, stderr } = await plan(['--to', '30d', '--limit', '3', '--json']);
  expect(rowsOf(stdout)).toHaveLength(3);
  expect(stderr).toContain('There are more until');
});

test('--graph prints the whole for Mermaid', async () => {
  const { stdout } = await plan(['--graph', '--job', 'report']);
  expect(stdout).toContain('flowchart LR');
  expect(stdout).toMatch(/j0 -- after --> j1/);
  expect(stdout).not.toContain('often');
});

test.each([
  [['--from', '2026-03-02', '--to', '2026-03-01'], 'must be before --to'],
  [['--from', 'tomorrow'], 'is no time.'],
  [['--zone', 'Berlin'], 'is no IANA time zone'],
  [['--zone', 'europe/berlin'], '"europe/berlin" is written "Europe/Berlin".'],
  [['--job', 'dayly'], 'Did you mean "daily"?'],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await plan(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
