import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildApp } from '../support/builtApp.ts';
import { finished } from '../support/program.ts';
import { runCommand, startCommand } from './command.ts';

/** No app runs here: nobody answers. */

let built: Awaited<ReturnType<typeof buildApp>>;
let service: QueueServiceClient;
let env: Record<string, string>;
const prefix = `alone-${randomBytes(5).toString('hex')}`;

beforeAll(async () => {
  built = await buildApp({ report: 'SELECT 1' });
  const { storage } = inject('parts');
  service = QueueServiceClient.fromConnectionString(storage);
  for (const name of ['jobs', 'queries', 'results']) await service.createQueue(`${prefix}-${name}`);
  env = {
    DATABASE_URL: 'postgresql://app@localhost/none',
    JobsStorage: storage,
    JOBS_QUEUE: `${prefix}-jobs`,
    QUERIES_QUEUE: `${prefix}-queries`,
    RESULTS_QUEUE: `${prefix}-results`,
  };
});
afterAll(async () => {
  for (const name of await queues()) await service.deleteQueue(name);
  await built.remove();
});

async function queues(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of service.listQueues({ prefix })) names.push(name);
  return names;
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + 10_000; !(await condition()); ) {
    if (Date.now() > until) throw new Error('It did not come to that.');
    await sleep(50);
  }
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s while waiting for an answer removes the reply queue and the question',
  async (signal, exitCode) => {
    const child = startCommand(join(built.directory, 'dist'), ['query', 'SELECT 1'], { env });
    const done = finished(child);
    await eventually(
      async () =>
        (await service.getQueueClient(`${prefix}-queries`).peekMessages()).peekedMessageItems.length === 1,
    );
    child.kill(signal);
    expect(await done).toMatchObject({ code: exitCode, stdout: '' });
    expect((await queues()).length).toBe(3);
    const { peekedMessageItems } = await service.getQueueClient(`${prefix}-queries`).peekMessages();
    expect(peekedMessageItems).toEqual([]);
  },
);

test('an answer that never comes ends with what to do, and exit code 11', async () => {
  const { code, stderr } = await runCommand(
    join(built.directory, 'dist'),
    ['query', 'SELECT 1', '--timeout', '1s'],
    { env },
  );
  expect(code).toBe(11);
  expect(stderr).toContain('No answer within 1 s. Is the app running');
  expect((await queues()).length).toBe(3);
});

test('results --follow tells each event once, until Ctrl-C', async () => {
  const results = service.getQueueClient(`${prefix}-results`);
  const event = (id: string) =>
    JSON.stringify({
      specversion: '1.0',
      id,
      type: 'nightshift.run.succeeded',
      time: '2026-03-01T02:00:00Z',
      data: {},
    });
  await results.sendMessage(event('one'));
  const child = startCommand(join(built.directory, 'dist'), ['results', '--follow', '--json'], { env });
  const done = finished(child);
  let stdout = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  await eventually(async () => stdout.includes('"one"'));
  await results.sendMessage(event('one'));
  await results.sendMessage(event('two'));
  await eventually(async () => stdout.includes('"two"'));
  child.kill('SIGINT');
  const { code, stdout: all } = await done;
  expect(code).toBe(130);
  expect(
    all
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(['one', 'two']);
});
