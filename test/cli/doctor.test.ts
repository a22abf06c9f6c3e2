import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { buildApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { freePort } from '../support/freePort.ts';
import { runCommand } from './command.ts';

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let service: QueueServiceClient;
let env: Record<string, string>;
const prefix = `doctor-${randomBytes(5).toString('hex')}`;

beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp({ report: 'SELECT 1' });
  const parts = inject('parts');
  service = QueueServiceClient.fromConnectionString(parts.storage);
  env = {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    QUERY_DATABASE_URL: database.queryUrl,
    QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
    JobsStorage: parts.storage,
    JOBS_QUEUE: `${prefix}-jobs`,
    QUERIES_QUEUE: `${prefix}-queries`,
    RESULTS_QUEUE: `${prefix}-results`,
  };
  for (const name of ['jobs', 'queries', 'results']) await service.createQueue(`${prefix}-${name}`);
});
afterAll(async () => {
  for await (const { name } of service.listQueues({ prefix })) await service.deleteQueue(name);
  await built.remove();
  await database.drop();
});

const doctor = (change: Record<string, string> = {}, ...args: string[]) =>
  runCommand(join(built.directory, 'dist'), ['doctor', ...args], { env: { ...env, ...change } });

/** The app's address, with a part of it replaced. */
const url = (from: string | RegExp, to: string) => ({ DATABASE_URL: database.url.replace(from, to) });

test('walks a healthy chain to its end, with the lines of the article', async () => {
  const { code, stdout } = await doctor();
  expect(stdout).toContain('Getting access token...');
  expect(stdout).toContain('Opening connection using access token...');
  expect(stdout).toContain('Connected!');
  expect(stdout).toMatch(/Postgres version: PostgreSQL \d+/);
  expect(stdout).toContain('the system-assigned managed identity of nightshift-app');
  expect(stdout).toContain('the user-assigned managed identity nightshift-query');
  expect({ code, broken: stdout.includes('✘') }).toEqual({ code: 0, broken: false });
});

test('tells a program the same, link by link', async () => {
  const { code, stdout } = await doctor({}, '--json');
  const links: { of: string; check: string; status: string }[] = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(links.filter(({ of }) => of === 'DATABASE_URL').map(({ check }) => check)).toEqual([
    'identity',
    'token',
    'dns',
    'tcp',
    'tls',
    'login',
    'server',
    'schema',
    'grants',
    'connections',
  ]);
  expect(stdout).not.toContain('eyJ');
});

describe('names the broken link, by its words and the exit code', () => {
  const NOBODY = '00000000-0000-0000-0000-000000000000';
  test.each<[string, () => Record<string, string> | Promise<Record<string, string>>, number, string, string]>(
    [
      ['settings', () => ({ DATABASE_URL: '' }), 3, 'settings', 'DATABASE_URL: is missing'],
      ['no such identity', () => ({ AZURE_CLIENT_ID: NOBODY }), 4, 'token', NOBODY],
      [
        'identity endpoint away',
        async () => ({ IDENTITY_ENDPOINT: `http://127.0.0.1:${await freePort()}/msi/token` }),
        4,
        'token',
        'cannot be reached (ECONNREFUSED)',
      ],
      [
        'unknown host',
        () => url('localhost', 'no-such-host.invalid'),
        5,
        'dns',
        'no-such-host.invalid is not known here',
      ],
      [
        'nothing listens',
        async () => url(/localhost:\d+/, `localhost:${await freePort()}`),
        5,
        'tcp',
        'ECONNREFUSED',
      ],
      ['another name in the certificate', () => url('localhost', '127.1'), 6, 'tls', 'DNS:localhost'],
      [
        'an authority that nobody knows',
        () => url(/&sslrootcert=[^&]*/, ''),
        6,
        'tls',
        'sslrootcert=/path/of/root.pem',
      ],
      ['no such login', () => url('nightshift-app@', 'nobody@'), 7, 'login', 'nobody'],
      ['no such database', () => url(`/${'test_'}`, '/missing_'), 7, 'login', 'Create the database'],
      [
        'no queues',
        () => ({ RESULTS_QUEUE: `${prefix}-none` }),
        9,
        'queues',
        `There is no queue ${prefix}-none.`,
      ],
      [
        'storage away',
        async () => ({
          JobsStorage: inject('parts').storage.replace(
            /QueueEndpoint=http:\/\/127\.0\.0\.1:\d+/,
            `QueueEndpoint=http://127.0.0.1:${await freePort()}`,
          ),
        }),
        9,
        'queues',
        'cannot be reached',
      ],
    ],
  )('%s', async (_, change, exitCode, check, words) => {
    const { code, stdout } = await doctor(await change());
    expect(stdout).toContain(`✘ ${check}`);
    expect(stdout).toContain(words);
    expect(stdout).toContain(`The chain is broken at ${check} of`);
    expect(code).toBe(exitCode);
  });

  test.each([
    [
      'newer',
      'INSERT INTO nightshift.migrations (version, name) VALUES (999, $$next$$)',
      'this build knows only',
    ],
    ['older', 'DELETE FROM nightshift.migrations WHERE version > 1', 'npx nightshift setup'],
  ])('a schema that is %s', async (_, change, words) => {
    const other = await emptyDatabase(database.name);
    await owner(change, database.ownerUrl.replace(database.name, other.name));
    const { code, stdout } = await doctor(url(database.name, other.name));
    expect(stdout).toContain('✘ schema');
    expect(stdout).toContain(words);
    expect(code).toBe(8);
    await other.drop();
  });

  test('no schema', async () => {
    const other = await emptyDatabase();
    const { code, stdout } = await doctor(url(database.name, other.name));
    expect(stdout).toContain('✘ schema');
    expect(stdout).toContain('npx nightshift setup');
    expect(code).toBe(8);
    await other.drop();
  });

  test('too many rights, of both logins, are warnings with SQL that takes them away', async () => {
    await owner('GRANT SELECT ON nightshift.runs TO "nightshift-app"');
    await owner('GRANT UPDATE ON nightshift.dead_letters TO "nightshift-query"');
    const { code, stdout } = await doctor();
    expect(stdout).toContain(`! grants`);
    expect(stdout).toContain('REVOKE ALL ON nightshift.runs FROM "nightshift-app";');
    expect(stdout).toContain('REVOKE ALL ON nightshift.dead_letters FROM "nightshift-query";');
    expect(code).toBe(0);
    await owner('REVOKE ALL ON nightshift.runs FROM "nightshift-app"');
    await owner('REVOKE ALL ON nightshift.dead_letters FROM "nightshift-query"');
  });

  test('messages in a poison queue want attention', async () => {
    const poison = service.getQueueClient(`${prefix}-jobs-poison`);
    await poison.create();
    await poison.sendMessage('x');
    const { code, stdout } = await doctor();
    expect(stdout).toContain(`${prefix}-jobs-poison holds about 1.`);
    expect(stdout).toContain('Everything works; ');
    expect(code).toBe(0);
  });
});

async function owner(sql: string, connectionString = database.ownerUrl): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function emptyDatabase(template = 'template1') {
  const name = `doctor_${randomBytes(5).toString('hex')}`;
  const postgres = database.ownerUrl.replace(database.name, 'postgres');
  await owner(`CREATE DATABASE ${name} TEMPLATE ${template}`, postgres);
  return { name, drop: () => owner(`DROP DATABASE ${name} WITH (FORCE)`, postgres) };
}
