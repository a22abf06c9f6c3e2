import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { makeApp, runHost } from './runningHost.ts';
import { base64, connectionString, count, createQueues, visible } from './storage.ts';

const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

async function runQueues(
  options: { lockSeconds?: number; drainSeconds?: number } = {},
  queues: Record<string, unknown> = {},
  hostJson: Record<string, unknown> = {},
) {
  const text = await createQueues();
  const env = {
    TestStorage: connectionString,
    TEXT_QUEUE: text.queue.name,
    BYTES_QUEUE: 'unused-queue',
  };
  const app = await makeApp('queues', queues, hostJson);
  return { ...text, env, app, host: await runHost(app, env, options) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('stop lets what runs finish, takes nothing more, and ends with 0', async () => {
  const { queue, host } = await runQueues({}, { batchSize: 1, newBatchThreshold: 0 });
  for (let i = 0; i < 2; i += 1) await queue.sendMessage(base64('{"sleepMs":2000}'));
  await host.said('SAW');
  await host.stop();
  expect(await host.exited).toBe(0);
  expect(host.lines.filter((line) => line.includes('DONE'))).toHaveLength(1);
  expect(await visible(queue)).toHaveLength(1);
  expect(await count(queue)).toBe(1);
});

test('what runs longer than drainSeconds is left, said, and its message comes back when the lock ends', async () => {
  const { queue, host, app, env } = await runQueues({ drainSeconds: 1, lockSeconds: 5 });
  await queue.sendMessage(base64('{"sleepMs":60000}'));
  await host.said('SAW');
  await host.stop();
  expect(await host.exited).toBe(0);
  expect(host.lines.join()).toContain('1 invocations did not finish in 1 s');

  const next = await runHost(app, env, { drainSeconds: 0 });
  const [saw] = await next.said('SAW');
  expect(JSON.parse(saw ?? '').metadata.dequeueCount).toBe(2);
});

test('what appTerminate brings to an end is answered: its message is deleted, or given back', async () => {
  const { queue, host } = await runQueues({ drainSeconds: 0 });
  const fails = base64('{"untilTerminate":true,"throw":"stopped"}');
  for (const text of [base64('{"untilTerminate":true}'), fails]) await queue.sendMessage(text);
  await host.said('SAW', 2);
  await host.stop();
  expect(await host.exited).toBe(0);
  expect(await visible(queue)).toEqual([fails]);
  expect(await count(queue)).toBe(1);
  expect(host.lines.join()).not.toContain('did not finish');
});

test('a message whose host was killed is delivered again when its lock ends, and not before', async () => {
  const { queue, host, app, env } = await runQueues({ lockSeconds: 6 });
  await queue.sendMessage(base64('{"sleepMs":60000}'));
  await host.said('SAW');
  const lockEnds = Date.parse(JSON.parse((await host.said('SAW'))[0] ?? '').metadata.nextVisibleTime);
  host.kill();
  expect(await host.exited).toBeNull();

  const next = await runHost(app, env, { drainSeconds: 0 });
  await next.said('SAW');
  // Queue times have whole seconds.
  expect(Date.now()).toBeGreaterThanOrEqual(lockEnds - 1_000);
});

test('SIGINT and SIGTERM, one after the other, make one orderly end', async () => {
  const { queue, host } = await runQueues();
  await queue.sendMessage(base64('{"sleepMs":2000}'));
  await host.said('SAW');
  process.kill(host.pid, 'SIGINT');
  process.kill(host.pid, 'SIGTERM');
  expect(await host.exited).toBe(0);
  expect(await count(queue)).toBe(0);
});

test('functionTimeout: every running invocation fails, messages are given back, the process ends with 3', async () => {
  const { queue, host, poison } = await runQueues(
    {},
    { visibilityTimeout: '00:10:00' },
    { functionTimeout: '00:00:03' },
  );
  for (let i = 0; i < 2; i += 1) await queue.sendMessage(base64('{"sleepMs":60000}'));
  await host.said('SAW', 2);
  expect(await host.exited).toBe(3);
  expect(
    host.lines.filter((line) => line.includes('text ran longer than functionTimeout (3 s)')),
  ).toHaveLength(3);
  expect(await count(queue)).toBe(2);
  expect(await poison.exists()).toBe(false);
});

test('functionTimeout at maxDequeueCount: the message goes to poison', async () => {
  const { queue, host, poison } = await runQueues(
    {},
    { maxDequeueCount: 1 },
    { functionTimeout: '00:00:01' },
  );
  await queue.sendMessage(base64('{"sleepMs":60000}'));
  expect(await host.exited).toBe(3);
  expect(await visible(poison)).toHaveLength(1);
  expect(await count(queue)).toBe(0);
});

test('a host ends when the process that started it is killed', async () => {
  const { queue } = await createQueues();
  const app = await makeApp('commonjs');
  const start = `
    import { startHostProcess } from ${JSON.stringify(new URL('../../../local/functionsHost/hostProcess.ts', import.meta.url).href)};
    const env = { TestStorage: process.env.TestStorage, TEXT_QUEUE: process.env.TEXT_QUEUE };
    const host = await startHostProcess({ appDirectory: ${JSON.stringify(app.directory)}, env });
    console.log(host.pid);
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', start], {
    env: { ...process.env, TestStorage: connectionString, TEXT_QUEUE: queue.name },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = await once(createInterface({ input: parent.stdout }), 'line');
  expect(isAlive(Number(pid))).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => expect(isAlive(Number(pid))).toBe(false));
});

test.each([
  [['--lock-seconds', '5'], 'Say which app to run: --app <directory>'],
  [['--app', '.', '--lock-seconds', 'ten'], '--lock-seconds must be a whole number of seconds, at least 1'],
  [['--app', '.', '--drain-seconds=-1'], '--drain-seconds must be a whole number of seconds, at least 0'],
  [['--ap', '.'], "Unknown option '--ap'"],
])('the command line %j is refused', async (args, message) => {
  const main = fileURLToPath(new URL('../../../local/functionsHost/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});
