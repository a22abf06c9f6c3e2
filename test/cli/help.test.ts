import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { buildApp, type RunningApp, startApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { finished } from '../support/program.ts';
import { runCommand, temporaryDirectory } from './command.ts';

/** What the help promises, on the sample shop: every example of every command is run, as it stands, by a shell. */

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let app: RunningApp;
let env: Record<string, string>;
/** Where the examples are run; some write beside it. */
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let project: string;

beforeAll(async () => {
  database = await testDatabase();
  const client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query(await readFile('local/shop.sql', 'utf8'));
  await client.end();

  const files = await readdir('jobs');
  const jobs = await Promise.all(
    files.map(
      async (file) => [file.replace('.sql', ''), await readFile(join('jobs', file), 'utf8')] as const,
    ),
  );
  built = await buildApp(Object.fromEntries(jobs));
  await symlink(resolve('node_modules'), join(built.directory, 'node_modules'));
  folder = await temporaryDirectory();
  project = join(folder.path, 'project');
  await mkdir(project);
  for (const name of ['jobs', 'host.json']) await cp(name, join(project, name), { recursive: true });
  await cp(join(built.directory, 'dist'), join(project, 'dist'), { recursive: true });
  const queries = { QUERY_DATABASE_URL: database.queryUrl, QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId };
  app = await startApp(built.directory, database, queries);
  await app.send(app.queues.jobs, '{"job":"no-such-job"}');
  await app.results(1);

  // Not every machine has psql; what matters here is that it is started as the app logs in.
  const psql = join(built.directory, 'psql');
  await writeFile(psql, '#!/bin/sh\necho "$PGUSER on $PGHOST, $(echo "$PGPASSWORD" | cut -c 1-3)"\n');
  await chmod(psql, 0o755);
  const npx = join(built.directory, 'npx');
  await writeFile(
    npx,
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(built.directory, 'dist/cli.js')}" "$@"\n`,
  );
  await chmod(npx, 0o755);
  const parts = inject('parts');
  env = {
    ...parts.identity.appService,
    ...queries,
    PATH: `${built.directory}:${join(process.execPath, '..')}:${process.env['PATH']}`,
    DATABASE_URL: database.url,
    SETUP_DATABASE_URL: database.ownerUrl,
    JobsStorage: parts.storage,
    JOBS_QUEUE: app.queues.jobs,
    QUERIES_QUEUE: app.queues.queries,
    RESULTS_QUEUE: app.queues.results,
  };
});
afterAll(async () => {
  await app.stop();
  await folder.remove();
  await built.remove();
  await database.drop();
});

const help = async (...command: string[]) =>
  (await runCommand(join(built.directory, 'dist'), [...command, '--help'])).stdout;

const examplesIn = (text: string) =>
  text.split('\n').flatMap((line) => /^ {2}\$ (.*)$/.exec(line)?.[1] ?? []);

async function commands(): Promise<string[][]> {
  const names = [...(await help()).matchAll(/^ {2}([a-z][a-z-]*) {2,}/gm)].map(([, name = '']) => name);
  return [
    ...names.filter((name) => name !== 'help').map((name) => [name]),
    ['dead-letters', 'list'],
    ['dead-letters', 'show'],
    ['dead-letters', 'redrive'],
    ['dead-letters', 'drop'],
  ];
}

test('every command has two examples, and each does what it should', { timeout: 120_000 }, async () => {
  const all = await commands();
  expect(all.length).toBeGreaterThan(14);
  for (const command of all) {
    const examples = examplesIn(await help(...command));
    expect({ command, count: examples.length }).toEqual({ command, count: 2 });
    for (const example of examples) {
      const shell = spawn('sh', ['-c', example], { cwd: project, env });
      shell.stdin.end();
      const { code, stderr } = await finished(shell);
      expect({ example, code, stderr: code === 0 ? '' : stderr }).toEqual({ example, code: 0, stderr: '' });
    }
  }
});

test('connect gives a program the login and a fresh token, in its environment only', async () => {
  const run = (...args: string[]) => runCommand(join(built.directory, 'dist'), ['connect', ...args], { env });
  expect(await run()).toMatchObject({ code: 0, stdout: 'nightshift-app on localhost, eyJ\n' });
  expect(await run('--as-queries')).toMatchObject({ stdout: 'nightshift-query on localhost, eyJ\n' });
  const script = 'console.log(process.env.PGPASSWORD.slice(0, 3), process.argv.slice(1)); process.exit(42)';
  const node = await run('--exec', process.execPath, '-e', script, '--', '-q', '--database', 'x');
  expect(node).toMatchObject({ code: 42, stdout: "eyJ [ '-q', '--database', 'x' ]\n" });
  // A PATH of our own: one with a folder that is closed to the user makes the system say EACCES.
  const missing = await runCommand(join(built.directory, 'dist'), ['connect', '--exec', 'no-such-program'], {
    env: { ...env, PATH: dirname(process.execPath) },
  });
  expect(missing).toMatchObject({ code: 2, stdout: '' });
  expect(missing.stderr).toContain('no-such-program cannot be started (ENOENT)');
});

test('token prints a token and nothing else; decoded, it is never shown', async () => {
  const run = (...args: string[]) => runCommand(join(built.directory, 'dist'), ['token', ...args], { env });
  const plain = await run();
  expect(plain).toMatchObject({ code: 0, stderr: '' });
  expect(plain.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const decoded = await run('--identity', QUERY_IDENTITY.clientId, '--decode');
  expect(decoded.stdout).toContain('the user-assigned managed identity nightshift-query');
  expect(decoded.stdout).not.toContain('eyJ');
  const unknown = await run('--identity', '00000000-0000-0000-0000-000000000000');
  expect(unknown).toMatchObject({ code: 4, stdout: '' });
});
