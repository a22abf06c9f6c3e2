import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startGuarded } from '../../local/guard.ts';
import { firstLine, isAlive, startProgram } from '../support/program.ts';

test('a parent that is killed leaves no process and no data behind', async () => {
  const parent = startProgram('test/local/programs/startParts.ts');
  const { pids, folder } = JSON.parse(await firstLine(parent)) as { pids: number[]; folder: string };
  expect(pids.map(isAlive)).toEqual([true, true, true]);
  expect(existsSync(folder)).toBe(true);

  parent.kill('SIGKILL');

  await expect.poll(() => pids.map(isAlive), { timeout: 15_000 }).toEqual([false, false, false]);
  await expect.poll(() => existsSync(folder), { timeout: 15_000 }).toBe(false);
});

test('a guarded program has its own pid and exit code, and its own signals', async () => {
  const ending = startGuarded('/bin/sh', ['-c', 'echo $$; exit 7']);
  const pid = await firstLine(ending);
  expect(await once(ending, 'exit')).toEqual([7, null]);
  expect(Number(pid)).toBe(ending.pid);

  const waiting = startGuarded('/bin/sleep', ['60']);
  waiting.kill('SIGKILL');
  expect(await once(waiting, 'exit')).toEqual([null, 'SIGKILL']);
});

test('arguments reach the program as they are', async () => {
  const child = startGuarded('/bin/sh', ['-c', 'echo "$1"', 'sh', `it's "quoted" $HOME \\ *`]);
  expect(await firstLine(child)).toBe(`it's "quoted" $HOME \\ *`);
});
