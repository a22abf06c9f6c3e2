import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildApp } from '../../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { freePort } from '../../support/freePort.ts';
import { runCommand, temporaryDirectory } from '../command.ts';

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let env: Record<string, string>;
beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp({ one: 'SELECT 1;' });
  await symlink(resolve('node_modules'), join(built.directory, 'node_modules'));
  env = { ...inject('parts').identity.appService, DATABASE_URL: database.url };
});
afterAll(async () => {
  await built.remove();
  await database.drop();
});

async function validate(
  jobs: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  more: Record<string, string> = {},
) {
  const { path, remove } = await temporaryDirectory();
  await mkdir(join(path, 'jobs'));
  for (const [name, sql] of Object.entries(jobs)) await writeFile(join(path, 'jobs', `${name}.sql`), sql);
  const finished = await runCommand(join(built.directory, 'dist'), ['validate', '--database', ...args], {
    directory: path,
    env: { ...env, ...more },
  });
  await remove();
  return finished;
}

const JOBS = { good: 'SELECT 1;', wrong: 'DO $$ BEGIN END $$;\nSELECT * FROM "a:b,c";' };

test('--database tells what the server knows, as compilers do', async () => {
  expect(await validate(JOBS)).toEqual({
    code: 0,
    stdout:
      'jobs/wrong.sql:1:1: note: DO is not checked.\n' +
      'jobs/wrong.sql:2:15: warning: Could not be checked: relation "a:b,c" does not exist (SQLSTATE 42P01). DO in line 1, which is not run here, may change that.\n',
    stderr: '2 jobs without errors; one warning.\n',
  });
});

test('--format github and json have it too', async () => {
  const jobs = { wrong: '\nSELECT * FROM ordrs;' };
  const github = await validate(jobs, ['--format', 'github']);
  expect(github).toMatchObject({ code: 1, stderr: 'There is one problem.\n' });
  expect(github.stdout).toBe(
    '::error file=jobs/wrong.sql,line=2,col=15::relation "ordrs" does not exist (SQLSTATE 42P01).\n',
  );
  const json = await validate({ wrong: 'DO $$ BEGIN END $$;' }, ['--format', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject([{ file: 'jobs/wrong.sql', line: 1, severity: 'note' }]);
  const notice = await validate({ wrong: 'DO $$ BEGIN END $$;' }, ['--format', 'github']);
  expect(notice).toMatchObject({ code: 0, stdout: expect.stringMatching(/^::notice file=/) });
});

test('a job is asked about in each of its databases, and where none is meant that is the problem', async () => {
  const other = await testDatabase();
  const job = (names: string) => `-- ---\n-- database: ${names}\n-- ---\nSELECT * FROM pg_database, nothing;`;
  const urls = { DATABASE_URL_EU: other.url };
  const both = await validate({ x: job('"*"') }, [], urls);
  expect(both.stdout).toMatch(/: In main: relation "nothing"[^\n]*\n.*: In eu: relation "nothing"/);
  const one = await validate({ x: job('"*"') }, ['eu'], urls);
  expect(one.stdout).not.toContain('In main');
  const none = await validate({ x: job('tenant_*') }, [], urls);
  expect(none).toMatchObject({
    code: 1,
    stdout: 'jobs/x.sql:2:14: database: no configured database is meant by tenant_*. Configured: main, eu.\n',
  });
  expect(await validate({ x: job('main') }, ['maim'], urls)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Did you mean "main"?'),
  });
  await other.drop();
});

test('files that are wrong by themselves are told, and the server is not asked', async () => {
  const { code, stdout, stderr } = await validate({ x: 'SELEC 1;' });
  expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('jobs/x.sql:1:1: ') });
  expect(stderr).toContain('The database is not asked before these problems are mended.');
});

test('a database that is away ends it by its exit code', async () => {
  const url = database.url.replace(/localhost:\d+/, `localhost:${await freePort()}`);
  expect(await validate(JOBS, [], { DATABASE_URL: url })).toMatchObject({ code: 5, stdout: '' });
});
