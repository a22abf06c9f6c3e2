import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PORTS } from '../../local/stack/names.ts';
import { type Stack, startStack } from '../../local/stack.ts';

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'a project '));
});
afterEach(() => rm(project, { recursive: true }));

const stackFile = () => join(project, '.nightshift', 'stack.json');
const whileRunning = async (use: (stack: Stack) => Promise<void>) => {
  const stack = await startStack({ projectDirectory: project });
  try {
    await use(stack);
  } finally {
    await stack.stop();
  }
};

test('it holds a shop of a realistic size and the queues of the app', () =>
  whileRunning(async (stack) => {
    const client = new pg.Client({ connectionString: stack.setup['SETUP_DATABASE_URL'] });
    await client.connect();
    const { rows } = await client.query(
      `SELECT count(*)::int AS orders, max(order_date) = current_date AS today,
              count(*) FILTER (WHERE order_date = current_date - 1) > 100 AS yesterday,
              min(amount) > 0 AS paid_for
       FROM orders`,
    );
    await client.end();
    expect(rows).toEqual([{ orders: 100_000, today: true, yesterday: true, paid_for: true }]);

    const queues = QueueServiceClient.fromConnectionString(stack.settings['JobsStorage'] ?? '').listQueues();
    const names: string[] = [];
    for await (const queue of queues) names.push(queue.name);
    expect(names).toEqual([
      'nightshift-jobs',
      'nightshift-jobs-poison',
      'nightshift-queries',
      'nightshift-queries-poison',
      'nightshift-results',
    ]);
  }));

test('it tells others where it is, in a file that only its owner reads, and only while it runs', async () => {
  await whileRunning(async (stack) => {
    expect((await stat(stackFile())).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(stackFile(), 'utf8'))).toEqual({
      pid: process.pid,
      settings: stack.settings,
      setup: stack.setup,
    });
    expect(JSON.stringify(stack.settings)).not.toMatch(/password|:[^/@]+@/i);
  });
  await expect(stat(stackFile())).rejects.toMatchObject({ code: 'ENOENT' });
});

test('two run at once, the second one on other ports', async () => {
  // Whether or not somebody has it already, after this nobody else gets it.
  const squatter = createServer().listen(PORTS.queue, '127.0.0.1');
  await Promise.race([once(squatter, 'listening'), once(squatter, 'error').catch(() => {})]);
  try {
    await whileRunning(async (stack) => {
      expect(stack.azurite.ports.queue).not.toBe(PORTS.queue);
      await rm(stackFile());
      await whileRunning(async (other) => {
        expect(other.front.port).not.toBe(stack.front.port);
        expect(other.azurite.ports).not.toEqual(stack.azurite.ports);
      });
    });
  } finally {
    squatter.close();
  }
});

test('in one project only one runs, and the file of one that is gone does not count', async () => {
  await mkdir(join(project, '.nightshift'));
  const write = (pid: number) => writeFile(stackFile(), JSON.stringify({ pid, settings: {}, setup: {} }));
  // This test's own parent lives; a process id beyond the system's largest never does.
  await write(process.ppid);
  await expect(startStack({ projectDirectory: project })).rejects.toThrow(`process ${process.ppid}`);
  await write(2 ** 30);
  await whileRunning(async () => {});
});
