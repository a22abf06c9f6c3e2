import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildApp, startApp } from '../support/builtApp.ts';
import { testDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';
import { runCommand, temporaryDirectory } from './command.ts';

let built: Awaited<ReturnType<typeof buildApp>>;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  built = await buildApp({});
  await symlink(resolve('node_modules'), join(built.directory, 'node_modules'));
  folder = await temporaryDirectory();
});
afterAll(async () => {
  await built.remove();
  await folder.remove();
});

const nightshift = (directory: string, args: readonly string[]) =>
  runCommand(join(built.directory, 'dist'), args, { directory });

test('a project of its own validates, builds, and runs its job', async () => {
  const made = await nightshift(folder.path, ['init', 'My Jobs', '--nightshift', resolve('.')]);
  expect(made).toMatchObject({ code: 0 });
  const project = join(folder.path, 'My Jobs');
  expect(JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))).toMatchObject({
    name: 'my-jobs',
  });

  expect(await nightshift(project, ['validate'])).toMatchObject({ code: 0, stdout: '' });
  const { code, stdout } = await runProgram('build.ts', ['--project', project]);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('with 1 job in') });
  const settings = await nightshift(project, ['doctor']);
  expect(settings.stdout).toContain('✔ settings     DATABASE_URL: app in app on localhost:5432.');

  const database = await testDatabase();
  const app = await startApp(project, database);
  const parts = inject('parts');
  const env = {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    JobsStorage: parts.storage,
    JOBS_QUEUE: app.queues.jobs,
    QUERIES_QUEUE: app.queues.queries,
    RESULTS_QUEUE: app.queues.results,
  };
  const dist = join(project, 'dist');
  const ran = await runCommand(dist, ['run', 'hello', '-p', 'day=2026-03-01', '--wait'], {
    directory: project,
    env,
  });
  expect(ran).toMatchObject({ code: 0, stdout: 'day\n──────────\n2026-03-01\n' });
  await app.stop();
  await database.drop();
});

test('init leaves a folder alone that is not empty, or a file', async () => {
  await writeFile(join(folder.path, 'file'), 'mine');
  const file = await nightshift(folder.path, ['init', 'file', '--nightshift', resolve('.')]);
  expect(file).toMatchObject({ code: 2, stdout: '', stderr: 'error: file is a file.\n' });
  const here = await nightshift(folder.path, ['init', '.', '--nightshift', resolve('.')]);
  expect(here).toMatchObject({ code: 2, stdout: '' });
  expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('mine');
});

test('init says so where there is no clone to build with', async () => {
  const { code, stderr } = await nightshift(folder.path, ['init', 'other', '--nightshift', folder.path]);
  expect(code).toBe(2);
  expect(stderr).toContain('is no clone of Nightshift');
});
