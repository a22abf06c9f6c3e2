import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { raiseAlarm } from '../../src/lib/ledger/alarms.ts';
import { keepDeadLetter } from '../../src/lib/ledger/deadLetters.ts';
import { pauseJob } from '../../src/lib/ledger/pauses.ts';
import { buildApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';
import { runCommand } from './command.ts';

/** What `runs` and `doctor` tell of an app whose links are all sound. */

let database: TestDatabase;
let owner: pg.Client;
let built: Awaited<ReturnType<typeof buildApp>>;
let worker: TestWorker;
let service: QueueServiceClient;
let env: Record<string, string>;
const prefix = `operation-${randomBytes(5).toString('hex')}`;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  built = await buildApp({ daily: 'SELECT 1;' });
  worker = await testWorker(database, []);
  const parts = inject('parts');
  service = QueueServiceClient.fromConnectionString(parts.storage);
  for (const name of ['jobs', 'queries', 'results']) await service.createQueue(`${prefix}-${name}`);
  env = {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    JobsStorage: parts.storage,
    JOBS_QUEUE: `${prefix}-jobs`,
    QUERIES_QUEUE: `${prefix}-queries`,
    RESULTS_QUEUE: `${prefix}-results`,
  };
});
afterAll(async () => {
  for (const name of ['jobs', 'queries', 'results']) await service.deleteQueue(`${prefix}-${name}`);
  await worker.close();
  await owner.end();
  await built.remove();
  await database.drop();
});
beforeEach(() =>
  owner.query(
    `TRUNCATE nightshift.alarms, nightshift.pauses, nightshift.dead_letters, nightshift.heartbeat;
     INSERT INTO nightshift.heartbeat (last_tick) VALUES (now())`,
  ),
);

const nightshift = (...args: string[]) => runCommand(join(built.directory, 'dist'), args, { env });

test('runs shows above the table what is overdue, and leaves out what its filter does', async () => {
  await worker.home.withConnection((connection) =>
    raiseAlarm(
      connection,
      {
        job: 'daily',
        database: 'main',
        kind: 'no success',
        scheduledFor: null,
        reason: 'daily has never\x1b succeeded.',
      },
      Buffer.from('{}'),
    ),
  );
  const people = await nightshift('runs');
  expect(people.stdout).toMatch(/^overdue {2}since \d{4}-.* {2}daily has never\\x1b succeeded\.\n/);
  expect(people.stderr).toBe('There are no such runs.\n');
  const json = await nightshift('runs', '--json', '--job', 'daily');
  expect(JSON.parse(json.stdout)).toMatchObject({ alarm: 'no success', job: 'daily', database: 'main' });
  expect((await nightshift('runs', '--json', '--job', 'other')).stdout).toBe('');
});

test('ticks that have stopped are overdue for every job', async () => {
  await owner.query("UPDATE nightshift.heartbeat SET last_tick = now() - interval '12 minutes'");
  const { stdout } = await nightshift('runs', '--json', '--job', 'daily');
  expect(JSON.parse(stdout)).toMatchObject({ alarm: 'no tick', job: '*' });
});

test('doctor tells of an app at work that it is well', async () => {
  const { code, stdout } = await nightshift('doctor');
  expect(code).toBe(0);
  for (const words of [
    /✔ ticks .* The last tick came [\d.]+ m?s ago\./,
    'No job is overdue.',
    'Nothing is paused.',
    'No dead letter waits',
  ]) {
    expect(stdout).toEqual(
      typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words),
    );
  }
});

test('doctor warns of alarms, pauses and dead letters, with the command that ends each', async () => {
  await worker.home.withConnection(async (connection) => {
    const alarm = {
      job: 'daily',
      database: 'main',
      kind: 'unknown',
      scheduledFor: null,
      reason: 'It is unknown.',
    } as const;
    await raiseAlarm(connection, alarm, Buffer.from('{}'));
    await pauseJob(connection, 'daily', null, 'month end');
    await keepDeadLetter(
      connection,
      received(worker, { job: 'gone' }),
      'There is no job "gone".',
      [],
      Buffer.from('{}'),
    );
  });
  const { code, stdout } = await nightshift('doctor');
  expect(stdout).toContain('! alarms');
  expect(stdout).toContain('npx nightshift runs --job daily');
  expect(stdout).toContain('! pauses');
  expect(stdout).toContain('daily is paused: month end (since ');
  expect(stdout).toContain('npx nightshift resume daily');
  expect(stdout).toContain(
    'One message could not be run and was not sent again. The last one: There is no job "gone".',
  );
  expect(code).toBe(0);
});

test('ticks that have stopped are a fault, with its cure; the rest is looked at all the same', async () => {
  await owner.query("UPDATE nightshift.heartbeat SET last_tick = now() - interval '12 minutes'");
  const { code, stdout } = await nightshift('doctor');
  expect(stdout).toContain('✘ ticks');
  expect(stdout).toContain('az functionapp restart');
  expect(stdout).toContain('✔ letters');
  expect(stdout).toContain('The chain is broken at ticks of operation.');
  expect(code).toBe(1);
});
