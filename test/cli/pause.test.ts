import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { buildApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { freePort } from '../support/freePort.ts';
import { takeMessages } from '../support/queues.ts';
import { runCommand } from './command.ts';

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let service: QueueServiceClient;
let env: Record<string, string>;
const jobsQueue = `pause-${randomBytes(5).toString('hex')}-jobs`;

beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp({
    daily: "-- ---\n-- schedule: '30 2 * * *'\n-- ---\nSELECT 1;",
    hourly: "-- ---\n-- schedule: '@hourly'\n-- ---\nSELECT 1;",
  });
  const parts = inject('parts');
  service = QueueServiceClient.fromConnectionString(parts.storage);
  await service.createQueue(jobsQueue);
  env = {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    JobsStorage: parts.storage,
    JOBS_QUEUE: jobsQueue,
  };
});
afterEach(async () => {
  for (const job of [['daily'], []]) await nightshift('resume', ...job, '--quiet');
});
afterAll(async () => {
  await service.deleteQueue(jobsQueue);
  await built.remove();
  await database.drop();
});

const nightshift = (...args: string[]) => runCommand(join(built.directory, 'dist'), args, { env });

test('a job is paused with its time and reason, and paused again changes them', async () => {
  const first = await nightshift(
    'pause',
    'daily',
    '--until',
    '2999-01-01T00:00:00Z',
    '--reason',
    'month end',
  );
  expect(first).toMatchObject({
    code: 0,
    stdout: 'daily is paused until 2999-01-01 00:00:00: month end (UTC)\n',
    stderr: 'To go on earlier: npx nightshift resume daily\n',
  });
  const second = await nightshift('pause', 'daily', '--json');
  expect(JSON.parse(second.stdout)).toMatchObject({ job: 'daily', until: null, reason: null });
});

test('resume tells whether it was paused, and what is paused still', async () => {
  await nightshift('pause', 'daily', '--reason', 'moving');
  await nightshift('pause', '--reason', 'all of it');
  const all = await nightshift('resume');
  expect(all).toMatchObject({ code: 0, stdout: 'All jobs go on.\n' });
  expect(all.stderr).toBe('daily is still paused: moving\n');
  expect(await nightshift('resume', 'daily')).toMatchObject({ stdout: 'daily goes on.\n', stderr: '' });
  expect(await nightshift('resume', 'daily')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'daily was not paused.\n',
  });
  const json = await nightshift('resume', '--json');
  expect(JSON.parse(json.stdout)).toEqual({ job: '*', resumed: false, paused: [] });
});

test('next and show tell what is paused, and until when', async () => {
  await nightshift('pause', 'hourly', '--until', '90m', '--reason', 'x\x1b[31m');
  const next = await nightshift('next', 'hourly', '--count', '3', '--json');
  const paused = next.stdout.trim().split('\n');
  expect(paused.map((line) => JSON.parse(line).paused)).toEqual(expect.arrayContaining([true, false]));
  const people = await nightshift('next', '--count', '3');
  expect(people.stdout).toMatch(/hourly .* paused until \d{4}-.*: x\\x1b\[31m$/m);
  await nightshift('resume', 'hourly');
  expect((await nightshift('next')).stdout).not.toContain('paused');

  await nightshift('pause');
  expect((await nightshift('show', 'daily')).stdout).toMatch(/^state +paused$/m);
});

test('run tells that a paused job will be skipped, and --force asks for it all the same', async () => {
  await nightshift('pause', 'daily', '--reason', 'month end');
  const plain = await nightshift('run', 'daily');
  expect(plain.code).toBe(0);
  expect(plain.stderr).toContain('daily is paused: month end\nThe app will skip this run');
  const forced = await nightshift('run', 'daily', '--force');
  expect(forced.stderr).not.toContain('paused');
  const sent = await takeMessages(service, jobsQueue);
  expect(sent.map(({ json }) => json.force)).toEqual([undefined, true]);
});

test('a database that does not answer keeps next from nothing', async () => {
  const url = database.url.replace(/localhost:\d+/, `localhost:${await freePort()}`);
  const { code, stdout, stderr } = await runCommand(join(built.directory, 'dist'), ['next', 'daily'], {
    env: { ...env, DATABASE_URL: url },
  });
  expect({ code, shown: stdout.includes('daily') }).toEqual({ code: 0, shown: true });
  expect(stderr).toContain('Whether jobs are paused is not known. ');
});

test.each([
  [['pause', 'dialy'], 'Did you mean "daily"?'],
  [['resume', 'dialy'], 'Did you mean "daily"?'],
  [['pause', 'daily', '--until', '2020-01-01'], 'It must be in the future.'],
  [['pause', 'daily', '--until', 'tomorrow'], 'how long from now'],
  [['pause', 'daily', '--until', '999999999d'], 'It is too long.'],
  [['pause', 'daily', '--reason', ''], 'It must be a text'],
])('%j is refused', async (args, message) => {
  const { code, stdout, stderr } = await nightshift(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
});
