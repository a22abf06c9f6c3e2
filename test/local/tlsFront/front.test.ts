/** Logging in with pg through the front, as an app does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { APP_IDENTITY, QUERY_IDENTITY, TENANT_ID } from '../../../local/identity/identities.ts';
import { DATABASE_RESOURCE } from '../../../local/identity/resources.ts';
import {
  createTokenIssuer,
  type TokenIssuer,
  type TokenRequest,
} from '../../../local/identity/tokenIssuer.ts';
import { type Postgres, startPostgres } from '../../../local/postgres.ts';
import { startTlsFront, type TlsFront } from '../../../local/tlsFront/front.ts';

let postgres: Postgres;
let issuer: TokenIssuer;
let front: TlsFront;

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres({ durable: false }), createTokenIssuer(TENANT_ID)]);
  front = await startTlsFront({
    server: postgres,
    trust: issuer,
    logins: {
      postgres: { principalId: APP_IDENTITY.principalId },
      admin: { password: 'the right one' },
    },
    caFile: join(postgres.socketDirectory, 'ca.pem'),
  });
});
afterAll(async () => {
  await front.stop();
  await postgres.stop();
});

const tokenOf = async (change: Partial<TokenRequest> = {}, by = issuer) =>
  (await by.issue({ identity: APP_IDENTITY, resource: DATABASE_RESOURCE, lifetimeSeconds: 3600, ...change }))
    .token;

function clientWith(password: string, config: pg.ClientConfig = {}): pg.Client {
  const client = new pg.Client({
    host: 'localhost',
    port: front.port,
    user: 'postgres',
    database: 'postgres',
    password,
    ssl: { ca: readFileSync(front.caFile, 'utf8') },
    ...config,
  });
  // Connections are broken on purpose here; what a query rejects with is looked at, the event is not.
  client.on('error', () => {});
  return client;
}

async function login(password: string, config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = clientWith(password, config);
  await client.connect();
  return client;
}

const REFUSED = {
  code: '28P01',
  message: 'password authentication failed for user "postgres"',
  severity: 'FATAL',
};

test('a token of the right identity logs in, and the session is a real one', async () => {
  const client = await login(await tokenOf());
  const { rows } = await client.query(`SELECT length(repeat('x', 3000000)) AS length, $1::text AS given`, [
    'ü',
  ]);
  expect(rows).toEqual([{ length: 3_000_000, given: 'ü' }]);
  await client.end();
});

test('rows of many megabytes come through whole', async () => {
  const client = await login(await tokenOf());
  const { rows } = await client.query(`SELECT md5(n::text) AS h FROM generate_series(1, 300000) n`);
  await client.end();
  expect(rows).toHaveLength(300_000);
  expect(rows.at(-1)).toEqual({ h: (await oneValue(`SELECT md5('300000')`)) as string });
});

async function oneValue(sql: string): Promise<unknown> {
  const client = await login(await tokenOf());
  const { rows } = await client.query({ text: sql, rowMode: 'array' });
  await client.end();
  return rows[0]?.[0];
}

test('two tokens of one identity are valid at the same time', async () => {
  const older = await tokenOf({ issuedAt: Math.floor(Date.now() / 1000) - 60 });
  const clients = [await login(await tokenOf()), await login(older)];
  for (const client of clients) await client.end();
});

test('the audience may end in a slash', async () => {
  await (await login(await tokenOf({ resource: `${DATABASE_RESOURCE}/` }))).end();
});

test.each<[string, () => Promise<string>]>([
  ['an expired token', () => tokenOf({ lifetimeSeconds: -1 })],
  ['a token that is not valid yet', () => tokenOf({ issuedAt: Math.floor(Date.now() / 1000) + 600 })],
  ['a token of another identity', () => tokenOf({ identity: QUERY_IDENTITY })],
  ['a token for storage', () => tokenOf({ resource: 'https://storage.azure.com' })],
  ['a token of another tenant', async () => tokenOf({}, await createTokenIssuer(crypto.randomUUID()))],
  ['a token that another key signed', async () => tokenOf({}, await createTokenIssuer(TENANT_ID))],
  [
    'a token with claims that were changed',
    async () => tampered(await tokenOf({ identity: QUERY_IDENTITY })),
  ],
  ['a token without a signature', async () => unsigned(await tokenOf())],
  ['a word', async () => 'secret'],
  ['nothing', async () => ''],
])('%s is refused as a wrong password', async (_what, token) => {
  await expect(login(await token())).rejects.toMatchObject(REFUSED);
});

function tampered(token: string): string {
  const [head, claims = '', signature] = token.split('.');
  const changed = Buffer.from(claims, 'base64url')
    .toString()
    .replaceAll(QUERY_IDENTITY.principalId, APP_IDENTITY.principalId);
  return [head, Buffer.from(changed).toString('base64url'), signature].join('.');
}

function unsigned(token: string): string {
  const head = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'none' })).toString('base64url');
  return `${head}.${token.split('.')[1]}.`;
}

test.each(['nobody', '__proto__', 'constructor'])(
  'role %s, which no identity is mapped to, is refused',
  async (user) => {
    await expect(login(await tokenOf(), { user })).rejects.toMatchObject({ code: '28P01' });
  },
);

test('an administrator may have a password instead', async () => {
  await expect(login('wrong', { user: 'admin' })).rejects.toMatchObject({ code: '28P01' });
  // The front lets it through; the server behind has no such role.
  await expect(login('the right one', { user: 'admin' })).rejects.toMatchObject({ code: '28000' });
});

test('a connection without TLS is refused as Azure refuses it', async () => {
  await expect(login(await tokenOf(), { ssl: false })).rejects.toMatchObject({
    code: '28000',
    message: 'no pg_hba.conf entry for host "127.0.0.1", user "postgres", database "postgres", no encryption',
  });
});

/** pg takes the name to verify from `host`, unless that is an address. */
const named = (host: string) => ({
  host: '127.0.0.1',
  ssl: { ca: readFileSync(front.caFile, 'utf8'), host },
});

test.each(['localhost', '127.0.0.1'])('the certificate holds for %s', async (host) => {
  await (await login(await tokenOf(), named(host))).end();
});

test('the certificate is not trusted without the authority, and not for another name', async () => {
  const token = await tokenOf();
  await expect(login(token, { ssl: {} })).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  await expect(login(token, named('example.org'))).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
  const ssl = { ca: readFileSync(front.caFile, 'utf8'), minVersion: version, maxVersion: version };
  await (await login(await tokenOf(), { ssl })).end();
});

test('a session outlives its token', async () => {
  const client = await login(
    await tokenOf({ issuedAt: Math.floor(Date.now() / 1000) - 10, lifetimeSeconds: 11 }),
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

test('errors of the server come through with everything they say', async () => {
  const client = await login(await tokenOf());
  await expect(client.query('SELECT 1/0')).rejects.toMatchObject({
    code: '22012',
    message: 'division by zero',
  });
  await expect(login(await tokenOf(), { database: 'missing' })).rejects.toMatchObject({ code: '3D000' });
  await client.end();
});

test('a client that goes away ends its session', async () => {
  const client = await login(await tokenOf());
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await client.end();
  const gone = `SELECT count(*)::int FROM pg_stat_activity WHERE pid = ${rows[0]?.pid}`;
  await expect.poll(() => oneValue(gone), { timeout: 5000 }).toBe(0);
});

test('cutting all connections breaks them with a reset, and new ones are taken', async () => {
  const client = await login(await tokenOf());
  const waiting = expect(client.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: 'ECONNRESET' });
  front.cutAll();
  await waiting;
  expect(await oneValue('SELECT 1')).toBe(1);
  await expect.poll(() => front.connections()).toBe(0);
});

test('a front that refuses leaves open sessions alone, and accepts on the same port again', async () => {
  const client = await login(await tokenOf());
  await front.refuse();
  await expect(login(await tokenOf())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await front.accept();
  expect(await oneValue('SELECT 1')).toBe(1);
  await client.end();
});

test('while the server is down, connections are reset; after its return they work', async () => {
  await postgres.kill();
  await expect(login(await tokenOf())).rejects.toMatchObject({ code: 'ECONNRESET' });
  await postgres.start();
  expect(await oneValue('SELECT 1')).toBe(1);
});
