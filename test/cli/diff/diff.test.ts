import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildApp } from '../../support/builtApp.ts';
import { runCommand, temporaryDirectory } from '../command.ts';

let built: Awaited<ReturnType<typeof buildApp>>;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let dist = '';

/** One job has another schedule since the build, and one is new. */
beforeAll(async () => {
  built = await buildApp({ daily: "-- ---\n-- schedule: '0 2 * * *'\n-- ---\nSELECT 1;" });
  dist = join(built.directory, 'dist');
  await symlink(resolve('node_modules'), join(built.directory, 'node_modules'));
  folder = await temporaryDirectory();
  await mkdir(join(folder.path, 'jobs'));
  await writeFile(join(folder.path, 'jobs/daily.sql'), "-- ---\n-- schedule: '0 3 * * *'\n-- ---\nSELECT 1;");
  await writeFile(join(folder.path, 'jobs/new.sql'), 'SELECT 2;');
});
afterAll(async () => {
  await folder.remove();
  await built.remove();
});

const diff = (args: readonly string[], input = '') =>
  runCommand(dist, ['diff', ...args], { directory: folder.path, input });

test('compares the jobs here with a build, by any of its paths', async () => {
  const expected = expect.stringContaining('- schedule: `0 2 * * * (UTC)` → `0 3 * * * (UTC)`');
  for (const deployed of [dist, built.directory, join(dist, 'catalog.json')]) {
    expect(await diff([deployed])).toMatchObject({ code: 0, stdout: expected, stderr: '' });
  }
  const json = await diff(['-', '--json'], await readFile(join(dist, 'catalog.json'), 'utf8'));
  expect(JSON.parse(json.stdout)).toMatchObject({
    added: [{ job: 'new', renamedFrom: null, next: [] }],
    removed: [],
    changed: [{ job: 'daily', changes: [{ what: 'schedule' }], sql: null }],
  });
});

test('compares with a project that was never built, too', async () => {
  const other = await temporaryDirectory();
  await cp(join(folder.path, 'jobs'), join(other.path, 'jobs'), { recursive: true });
  await rm(join(other.path, 'jobs/new.sql'));
  const { stdout } = await diff([other.path]);
  expect(stdout).toContain('## Jobs: 1 added\n');
  await other.remove();
});

test('--exit-code tells a script whether anything changes', async () => {
  expect((await diff([dist, '--exit-code'])).code).toBe(1);
  expect(await diff(['.', '--exit-code'])).toMatchObject({ code: 0, stdout: '## Jobs: no change\n' });
});

test('reads what an older build left, which knew less', async () => {
  const catalog = JSON.parse(await readFile(join(dist, 'catalog.json'), 'utf8'));
  for (const job of catalog.jobs)
    for (const key of ['catchUp', 'after', 'expectEveryMs', 'startWithinMs']) delete job[key];
  const { stdout } = await diff(['-', '--json'], JSON.stringify(catalog));
  expect(JSON.parse(stdout).changed[0].changes).toHaveLength(1);
});

test.each<[string, string, number, string]>([
  ['nowhere', '', 2, 'There is no file'],
  ['-', '', 1, 'is no catalog of a build'],
  ['-', '{"hash":"x","jobs":[{"name":1}]}', 1, 'jobs[0].name'],
  ['empty', '', 2, 'There is no build in empty'],
])('%s with %j is refused', async (deployed, input, code, message) => {
  await mkdir(join(folder.path, 'empty'), { recursive: true });
  const found = await diff([deployed], input);
  expect(found).toMatchObject({ code, stdout: '' });
  expect(found.stderr).toContain(message);
});
