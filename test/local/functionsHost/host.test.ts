import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { type FunctionsHost, startFunctionsHost } from '../../../local/functionsHost/host.ts';
import { makeApp } from './runningHost.ts';
import { base64, connectionString, count, createQueues, visible } from './storage.ts';

let host: FunctionsHost | undefined;
afterAll(() => host?.stop());

test('an app runs in this process, once, and its settings become those of the process', async () => {
  const { queue } = await createQueues();
  const app = await makeApp('inError');
  const values = { TEXT_QUEUE: queue.name, TestStorage: connectionString, BadStorage: 'x' };
  await writeFile(join(app.directory, 'local.settings.json'), JSON.stringify({ Values: values }));
  const lines: string[] = [];
  const options = { appDirectory: app.directory, drainSeconds: 5, log: (line: string) => lines.push(line) };

  host = await startFunctionsHost(options);
  expect(process.env['TEXT_QUEUE']).toBe(queue.name);
  expect(host.functions).toContain(`good (queue ${queue.name})`);
  expect(lines.filter((line) => line.includes("The 'web' function is in error"))).toHaveLength(1);

  await queue.sendMessage(base64('x'));
  await vi.waitFor(async () => expect(await count(queue)).toBe(0), { timeout: 20_000 });

  await expect(startFunctionsHost(options)).rejects.toThrow('already started in this process');

  await Promise.all([host.stop(), host.stop()]);
  await queue.sendMessage(base64('after the stop'));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await visible(queue)).toHaveLength(1);
});
