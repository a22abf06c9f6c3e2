import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { APP_IDENTITY, QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { runCommand } from '../cli/command.ts';
import { buildApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { APP_LOGIN, QUERY_LOGIN } from '../support/template.ts';
import { type Fence, fences, page, section } from './pages.ts';

/** docs/managed-identity.md, walked on the embedded parts: its own requests, logins and commands, as they are written. */

const walkThrough = page('docs/managed-identity.md');
const execute = promisify(execFile);
let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;

beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp({});
});
afterAll(async () => {
  await built.remove();
  await database.drop();
});

const parts = () => inject('parts');
const blocks = (heading: string, language: string): Fence[] =>
  fences({ file: walkThrough.file, text: section(walkThrough, heading) }, language);

/** The page's curl commands, in their order: the two of a virtual machine, then that of a function app. */
const curls = () =>
  blocks('## 4. A token', 'sh').flatMap(({ text }) => {
    const [, header = '', url = ''] = /^curl -s -H ['"](.+?)['"] ['"](.+?)['"]$/m.exec(text) ?? [];
    return url === '' ? [] : [{ header, url }];
  });

interface TokenAnswer {
  readonly access_token: string;
  readonly resource: string;
}

async function ask({ header, url }: { header: string; url: string }): Promise<Response> {
  const { imds, appService } = parts().identity;
  const here = (text: string) =>
    text
      .replace('http://169.254.169.254', imds.AZURE_POD_IDENTITY_AUTHORITY_HOST)
      .replace('$IDENTITY_ENDPOINT', appService.IDENTITY_ENDPOINT)
      .replace('$IDENTITY_HEADER', appService.IDENTITY_HEADER);
  const [name = '', value = ''] = here(header).split(': ');
  return fetch(here(url), { headers: { [name]: value } });
}

async function tokenOf(index: number): Promise<string> {
  const curl = curls()[index];
  if (curl === undefined) throw new Error(`The page has no curl command number ${index + 1}.`);
  const answer = await ask(curl);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as TokenAnswer).access_token;
}

async function logIn(user: string, token: string): Promise<string> {
  const { port, caFile } = parts().front;
  const client = new pg.Client({
    host: 'localhost',
    port,
    user,
    database: database.name,
    password: token,
    ssl: { ca: await readFile(caFile, 'utf8') },
  });
  await client.connect();
  const { rows } = await client.query<{ version: string }>('SELECT version()');
  await client.end();
  return rows[0]?.version ?? '';
}

test('the page has a request for a system-assigned identity, a user-assigned one, and a function app', () => {
  expect(curls().map(({ url }) => url.replace(/\?.*/, ''))).toEqual([
    'http://169.254.169.254/metadata/identity/oauth2/token',
    'http://169.254.169.254/metadata/identity/oauth2/token',
    '$IDENTITY_ENDPOINT',
  ]);
});

test("a virtual machine's answer has the fields that the page shows", async () => {
  const [curl] = curls();
  const [shown] = blocks('## 4. A token', 'json');
  if (curl === undefined || shown === undefined) throw new Error('The page lacks the request or its answer.');
  const answer = (await (await ask(curl)).json()) as TokenAnswer;
  expect(Object.keys(answer)).toEqual(Object.keys(JSON.parse(shown.text)));
  expect(answer.resource).toBe('https://ossrdbms-aad.database.windows.net');
});

test('a request without its header gets no token', async () => {
  for (const { url } of curls())
    expect((await ask({ header: 'Accept: */*', url })).status).toBeGreaterThan(399);
});

test.each([
  ['a virtual machine, system-assigned', 0, APP_LOGIN],
  ['a virtual machine, user-assigned', 1, QUERY_LOGIN],
  ['a function app', 2, APP_LOGIN],
])('the token of %s is the password of its role', async (_, index, role) => {
  expect(await logIn(role, await tokenOf(index))).toMatch(/^PostgreSQL \d+/);
});

test('the token of another identity is refused', async () => {
  await expect(logIn(QUERY_LOGIN, await tokenOf(0))).rejects.toThrow('password authentication failed');
});

/** Where there is no psql, the same login has been tried above. */
const hasPsql = spawnSync('psql', ['--version']).error === undefined;
if (hasPsql) {
  test('psql takes the token as the page says', async () => {
    const [block] = blocks('## 5. Connect', 'sh');
    const { port, caFile } = parts().front;
    const line = /^psql "(.+)"$/m.exec(block?.text ?? '')?.[1] ?? '';
    const conninfo = line
      .replace(/host=\S+/, `host=localhost port=${port}`)
      .replace(/user=\S+/, `user=${APP_LOGIN}`)
      .replace(/dbname=\S+/, `dbname=${database.name}`)
      .replace(/sslrootcert=\S+/, `sslrootcert='${caFile}'`);
    expect(conninfo).toContain('sslmode=verify-full');
    const env = { PATH: process.env['PATH'], PGPASSWORD: await tokenOf(0) };
    const { stdout } = await execute('psql', ['--no-psqlrc', '-Atc', 'SELECT current_user', conninfo], {
      env,
    });
    expect(stdout.trim()).toBe(APP_LOGIN);
  });
}

const nightshift = (args: readonly string[], env: Record<string, string> = {}) =>
  runCommand(join(built.directory, 'dist'), args, {
    env: {
      ...parts().identity.appService,
      DATABASE_URL: database.url,
      QUERY_DATABASE_URL: database.queryUrl,
      QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
      JobsStorage: parts().storage,
      ...env,
    },
  });

test('nightshift token prints a password that opens the door', async () => {
  const { code, stdout } = await nightshift(['token']);
  expect(code).toBe(0);
  expect(await logIn(APP_LOGIN, stdout.trim())).toMatch(/^PostgreSQL/);
});

test('nightshift token --decode says whose it is, in the words of the page', async () => {
  const { stdout } = await nightshift(['token', '--decode']);
  const shown = blocks('## 4. A token', 'text')[0]?.text ?? '';
  const labels = (text: string) => text.split('\n').map((line) => line.slice(0, 9).trim());
  expect(labels(stdout.trim())).toEqual(labels(shown));
  expect(stdout).toContain(APP_IDENTITY.principalId);
});

test('nightshift connect gives a program all that it needs to log in', async () => {
  const { stdout } = await nightshift([
    'connect',
    '--exec',
    process.execPath,
    '-p',
    'process.env.PGPASSWORD',
  ]);
  expect(await logIn(APP_LOGIN, stdout.trim())).toMatch(/^PostgreSQL/);
});

test("nightshift doctor prints the article's lines, and each link that the page shows", async () => {
  const { stdout, stderr } = await nightshift(['doctor']);
  const told = `${stdout}${stderr}`;
  for (const line of ['Getting access token...', 'Opening connection using access token...', 'Connected!']) {
    expect(told).toContain(line);
  }
  expect(told).toMatch(/Postgres version: PostgreSQL \d+/);
  const shown = blocks('## 5. Connect', 'text')[0]?.text ?? '';
  const links = (text: string) => [...text.matchAll(/^✔ (\w+)/gm)].map(([, link]) => link);
  expect(links(shown).length).toBeGreaterThan(6);
  for (const link of links(shown)) expect(told).toMatch(new RegExp(`^. ${link} `, 'm'));
});

const AT_AZURE = {
  DATABASE_URL: 'postgresql://my-function-app@my-server.postgres.database.azure.com/mydb',
  SETUP_DATABASE_URL: 'postgresql://me%40example.com@my-server.postgres.database.azure.com/mydb',
  QUERY_DATABASE_URL: '',
};

test('nightshift setup --print begins as the page shows, and knows the way by object id', async () => {
  const { stdout } = await nightshift(['setup', '--print'], AT_AZURE);
  const shown = blocks('## 3. A role in the server for it', 'text')[0]?.text ?? '';
  expect(stdout.startsWith(shown.replace(/\n\.\.\.$/, ''))).toBe(true);
  const byId = await nightshift(['setup', '--print', '--app-object-id', APP_IDENTITY.principalId], AT_AZURE);
  expect(byId.stdout).toContain(`'${APP_IDENTITY.principalId}', 'service', false, false)`);
});

test('nightshift setup --print --server single prints the statements of the page, and runs none', async () => {
  const env = {
    ...AT_AZURE,
    AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
    DATABASE_URL: AT_AZURE.DATABASE_URL.replace('my-function-app@', 'myuser%40my-server@'),
  };
  const { stdout } = await nightshift(['setup', '--print', '--server', 'single'], env);
  const [statements] = blocks('## Single Server (retired)', 'sql');
  for (const line of statements?.text.split('\n') ?? []) expect(stdout.replaceAll('"', '')).toContain(line);
  const run = await nightshift(['setup', '--server', 'single'], env);
  expect(run.code).not.toBe(0);
});
