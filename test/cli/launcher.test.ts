import { spawn } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../support/builtApp.ts';
import { finished } from '../support/program.ts';
import { temporaryDirectory } from './command.ts';

let built: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  built = await buildApp({});
  await cp('bin', join(built.directory, 'bin'), { recursive: true });
});
afterAll(() => built.remove());

const launch = (directory: string, ...args: string[]) =>
  finished(
    spawn(process.execPath, [join(directory, 'bin/nightshift.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

test('runs the built command and hands on its exit code', async () => {
  const version = await launch(built.directory, '--version');
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(await launch(built.directory, 'nothing-of-the-kind')).toMatchObject({ code: 2 });
});

test('is found as npm links it, through a symbolic link', async () => {
  const bin = join(built.directory, 'node_modules/.bin');
  await mkdir(bin, { recursive: true });
  await symlink('../../bin/nightshift.js', join(bin, 'nightshift'));
  const child = spawn(process.execPath, [join(bin, 'nightshift'), '--version'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(await finished(child)).toMatchObject({ code: 0 });
});

test('says what to run where nothing is built', async () => {
  const folder = await temporaryDirectory();
  await cp(resolve('bin'), join(folder.path, 'bin'), { recursive: true });
  const { code, stderr } = await launch(folder.path, '--version');
  expect(code).toBe(70);
  expect(stderr).toContain('is not built yet');
  expect(stderr).toContain(`npm run build --prefix "${folder.path}`);
  await folder.remove();
});
