import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { buildApp } from '../support/builtApp.ts';
import { runCommand } from './command.ts';

let built: Awaited<ReturnType<typeof buildApp>>;
const databases: string[] = [];
const roles: string[] = [];

beforeAll(async () => {
  built = await buildApp({ report: 'SELECT 1 AS one' });
});
afterAll(async () => {
  for (const name of databases) await execute('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
  for (const role of roles) await execute('postgres', `DROP ROLE IF EXISTS ${pg.escapeIdentifier(role)}`);
  await built.remove();
});

const setup = (env: Record<string, string>, ...args: string[]) =>
  runCommand(join(built.directory, 'dist'), ['setup', ...args], { env });

test('setup makes the schema, both logins and the queues, and may be repeated', async () => {
  const database = await emptyDatabase();
  const { app, query, urls } = names(database);
  const prefix = `setup-${randomBytes(5).toString('hex')}`;
  const env = {
    ...urls,
    SETUP_DATABASE_URL: adminUrl(database),
    JobsStorage: inject('parts').storage,
    JOBS_QUEUE: `${prefix}-jobs`,
    QUERIES_QUEUE: `${prefix}-queries`,
    RESULTS_QUEUE: `${prefix}-results`,
  };
  const first = await setup(env);
  expect(first.stderr).toContain('Create schema nightshift');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toContain(`login ${app}, query login ${query}.`);
  expect(first.stdout).toContain(`Queues created: ${prefix}-jobs, ${prefix}-jobs-poison`);
  const rights = await rows(
    database,
    `SELECT pg_has_role($1, 'nightshift_worker', 'USAGE') AS app, pg_has_role($2, 'nightshift_worker', 'USAGE') AS query`,
    [app, query],
  );
  expect(rights).toEqual([{ app: true, query: false }]);

  const again = await setup(env);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain('Queues were all there.');
  const service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  for await (const { name } of service.listQueues({ prefix })) await service.deleteQueue(name);
});

test('--check tells what is not as it should be, and changes nothing', async () => {
  const database = await emptyDatabase();
  const { app, query, urls } = names(database);
  const env = { ...urls, SETUP_DATABASE_URL: adminUrl(database) };
  const before = await setup(env, '--check');
  expect(before).toMatchObject({ code: 1 });
  expect(before.stdout).toContain('DATABASE_URL: There is no schema nightshift.');
  expect(before.stdout).toContain(`DATABASE_URL: There is no login ${app}.`);

  await setup(env);
  expect(await setup(env, '--check')).toMatchObject({ code: 0, stdout: '' });

  await execute(
    database,
    `ALTER ROLE "${app}" CREATEROLE CONNECTION LIMIT 3; GRANT pg_monitor TO "${query}";`,
  );
  await execute(database, `GRANT EXECUTE ON FUNCTION nightshift.begin_tick() TO PUBLIC`);
  const after = await setup(env, '--check');
  expect(after.code).toBe(1);
  expect(
    after.stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace('DATABASE_URL: ', '')),
  ).toEqual([
    "Everybody may call 1 functions that are the app's alone.",
    `${app} is createrole. ALTER ROLE "${app}" NOCREATEROLE;`,
    `${app} may connect 3 times; setup makes it 20.`,
    `${query} has the rights of pg_monitor. REVOKE "pg_monitor" FROM "${query}";`,
  ]);
});

test('each configured database is set up, by the admin of its own address; queries are of one', async () => {
  const [home, other] = [await emptyDatabase(), await emptyDatabase()];
  const { app, query, urls } = names(home);
  const env = {
    ...urls,
    DATABASE_URL_EU: urls.DATABASE_URL.replace(/[^/]*$/, other),
    SETUP_DATABASE_URL: adminUrl(home),
    SETUP_DATABASE_URL_EU: adminUrl(other),
  };
  const { code, stdout } = await setup(env);
  expect(code).toBe(0);
  expect(stdout).toContain(`Database ${home} is ready`);
  expect(stdout).toMatch(new RegExp(`Database ${other} is ready: schema version \\d+, login ${app}\\.`));
  const connects = await rows(
    other,
    `SELECT datname FROM pg_database, aclexplode(datacl) a
    JOIN pg_roles r ON r.oid = a.grantee WHERE r.rolname = $1 AND a.privilege_type = 'CONNECT'`,
    [query],
  );
  expect(connects).toEqual([{ datname: home }]);
});

test('--print needs no server, and what it prints sets a database up', async () => {
  const database = await emptyDatabase();
  const app = `App "of" O'Hara.${randomBytes(3).toString('hex')}`;
  roles.push(app);
  const printed = await setup({ SETUP_DATABASE_URL: adminUrl(database) }, '--print', '--app-login', app);
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  await execute(database, printed.stdout);
  const done = await rows(
    database,
    `SELECT nightshift.schema_version() > 0 AS version, rolconnlimit FROM pg_roles WHERE rolname = $1`,
    [app],
  );
  expect(done).toEqual([{ version: true, rolconnlimit: 20 }]);
});

test('for Flexible Server it makes the identities known first, in database postgres', async () => {
  const url = 'postgresql://admin@shop.postgres.database.azure.com/shop';
  const app = ['--app-login', 'my-app', '--app-object-id', '1D0A4F8C-7c3b-4b9a-93d1-5e8f6a7b2c01'];
  const { stdout } = await setup({ SETUP_DATABASE_URL: url }, '--print', ...app, '--query-login', 'my-query');
  const statements = stdout.split('\n').filter((line) => line.includes('pgaadauth'));
  expect(statements).toEqual([
    `SELECT pgaadauth_create_principal_with_oid('my-app', '1d0a4f8c-7c3b-4b9a-93d1-5e8f6a7b2c01', 'service', false, false) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'my-app');`,
    `SELECT pgaadauth_create_principal('my-query', false, false) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'my-query');`,
  ]);
  expect(stdout.indexOf('in database postgres')).toBeLessThan(stdout.indexOf('BEGIN;'));
});

test('the retired Single Server is printed only', async () => {
  const env = {
    SETUP_DATABASE_URL: 'postgresql://admin%40old@old.postgres.database.azure.com/shop',
    AZURE_CLIENT_ID: 'c4b7d3f2-61a5-4c55-8a0e-2f3d5b6e9a01',
  };
  const printed = await setup(env, '--print', '--app-login', 'my-app@old');
  expect(printed.stdout).toContain('SET aad_validate_oids_in_tenant = off;');
  expect(printed.stdout).toContain(
    `CREATE ROLE "my-app" WITH LOGIN PASSWORD 'c4b7d3f2-61a5-4c55-8a0e-2f3d5b6e9a01' IN ROLE azure_ad_user;`,
  );
  const applied = await setup(env, '--app-login', 'my-app@old');
  expect(applied).toMatchObject({ code: 2, stdout: '' });
  expect(applied.stderr).toContain('Single Server was retired');
});

test('an admin who is none changes nothing, and is told', async () => {
  const database = await emptyDatabase();
  const { app, urls } = names(database);
  await execute('postgres', `CREATE ROLE ${pg.escapeIdentifier(app)} LOGIN`);
  const { code, stderr } = await setup({ ...urls, SETUP_DATABASE_URL: adminUrl(database, app) });
  expect(code).toBe(8);
  expect(stderr).toContain('Nothing was changed. SETUP_DATABASE_URL must have the login of an administrator');
  expect(await rows(database, `SELECT FROM pg_namespace WHERE nspname = 'nightshift'`)).toEqual([]);
});

test.each([
  ['no address at all', {}, [], 3, 'DATABASE_URL: is missing'],
  [
    'a login of 64 bytes',
    { SETUP_DATABASE_URL: 'postgresql://a@h/d' },
    ['--app-login', 'é'.repeat(32)],
    2,
    '64 bytes long',
  ],
  [
    "a query login that is the app's",
    { DATABASE_URL: 'postgresql://a@h/d' },
    ['--query-login', 'a'],
    2,
    'a login of their own',
  ],
  [
    'an admin of another database',
    { DATABASE_URL: 'postgresql://a@h/d', SETUP_DATABASE_URL: 'postgresql://b@h/e' },
    [],
    3,
    'must name the database of DATABASE_URL',
  ],
  [
    'an object id that is none',
    { DATABASE_URL: 'postgresql://a@h/d' },
    ['--app-object-id', 'x'],
    2,
    'It must be a GUID',
  ],
])('%s is told, and nothing is run', async (_what, env, args, exitCode, message) => {
  const { code, stderr } = await setup(env, ...args);
  expect(code).toBe(exitCode);
  expect(stderr).toContain(message);
});

function names(database: string) {
  const app = `${database}-app`;
  const query = `${database}-query`;
  roles.push(app, query);
  const host = `localhost:${inject('parts').front.port}`;
  return {
    app,
    query,
    urls: {
      DATABASE_URL: `postgresql://${app}@${host}/${database}`,
      QUERY_DATABASE_URL: `postgresql://${query}@${host}/${database}`,
    },
  };
}

function adminUrl(database: string, user = 'postgres'): string {
  const { socketDirectory, port } = inject('parts').postgres;
  return `postgresql://${user}@/${database}?host=${encodeURIComponent(socketDirectory)}&port=${port}`;
}

async function emptyDatabase(): Promise<string> {
  const name = `setup_${randomBytes(5).toString('hex')}`;
  await execute('postgres', `CREATE DATABASE ${name}`);
  databases.push(name);
  return name;
}

const execute = (database: string, sql: string) => rows(database, sql);

async function rows(database: string, sql: string, values?: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: adminUrl(database) });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}
