import { createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { fatalError } from '../../local/tlsFront/protocol.ts';
import type { Database, DatabaseOptions } from '../../src/lib/database/connection.ts';
import { DatabaseError } from '../../src/lib/database/databaseError.ts';
import type { TokenSource } from '../../src/lib/database/token.ts';
import { TokenError } from '../../src/lib/database/tokenError.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { listen, openDatabase, poolerBefore, realTokens } from './openDatabase.ts';

let home: TestDatabase;
const opened: Database[] = [];
const servers: Server[] = [];
beforeAll(async () => {
  home = await testDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
  for (const server of servers.splice(0)) server.close();
});
afterAll(() => home.drop());

/** The error of an attempt to use the database. */
async function failure(url: string, options: Partial<DatabaseOptions> = {}): Promise<DatabaseError> {
  const database = openDatabase(url, options);
  opened.push(database);
  try {
    await database.withConnection(async () => {});
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
  throw new Error('It should have failed.');
}

async function works(url: string, options: Partial<DatabaseOptions> = {}): Promise<void> {
  const database = openDatabase(url, options);
  opened.push(database);
  await database.withConnection((connection) => connection.query('SELECT 1'));
}

/** A server of which nothing is left but what it does with a new connection. */
async function serverThat(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  servers.push(server);
  return listen(server);
}

const plain = (port: number) => `postgresql://u:p@127.0.0.1:${port}/d?sslmode=disable`;

describe('TLS', () => {
  const front = () => inject('parts').front;
  const url = (host: string, search: string) =>
    `postgresql://nightshift-app@${host}:${front().port}/${home.name}?${search}`;
  const ca = () => `sslrootcert=${encodeURIComponent(front().caFile)}`;

  it('that leads to no known root is refused, before anything is sent', async () => {
    const error = await failure(url('localhost', ''));
    expect(error).toMatchObject({ kind: 'tls' });
    expect(error.message).toMatch(/DATABASE_URL .* did not prove who it is: .*name its root by sslrootcert/);
  });

  it('with a certificate for another name is refused by verify-full, and taken by verify-ca', async () => {
    // An address in a form that is not the one in the certificate.
    const error = await failure(url('127.1', ca()));
    expect(error).toMatchObject({ kind: 'tls' });
    expect(error.message).toMatch(/a name that the server's certificate has \(not 127\.1\)/);
    await works(url('127.1', `sslmode=verify-ca&${ca()}`), { tokens: realTokens() });
  });

  it('is verified for an address too', async () => {
    await works(url('127.0.0.1', ca()), { tokens: realTokens() });
  });

  it('without verification takes anybody, if the address says so', async () => {
    await works(url('localhost', 'sslmode=require'), { tokens: realTokens() });
  });

  it('with a root certificate that cannot be read is refused, and tried again the next time', async () => {
    const error = await failure(url('localhost', 'sslrootcert=/nowhere/ca.pem'));
    expect(error).toMatchObject({ kind: 'tls' });
    expect(error.message).toMatch(/sslrootcert, \/nowhere\/ca.pem, cannot be read/);
    expect((await failure(url('localhost', 'sslrootcert=/etc/passwd'))).message).toMatch(
      /holds no PEM certificate/,
    );
  });

  it('that the server does not speak is told', async () => {
    const port = await serverThat((socket) => socket.end('N'));
    const error = await failure(`postgresql://u:p@localhost:${port}/d`);
    expect(error).toMatchObject({ kind: 'tls' });
    expect(error.message).toMatch(/Switch TLS on in the server/);
  });

  it('is asked for by a server that refuses what is not encrypted', async () => {
    const error = await failure(url('localhost', 'sslmode=disable'));
    expect(error).toMatchObject({ kind: 'refused', sqlState: '28000' });
  });
});

describe('a login', () => {
  it('by a token that the server rejects is tried once more with a fresh one', async () => {
    const real = realTokens();
    const stale = { token: 'stale', expiresOnTimestamp: Date.now() + 60_000 };
    const rejected: string[] = [];
    const tokens: TokenSource = {
      token: async () => (rejected.length === 0 ? stale : real.token()),
      replace: async (token) => {
        rejected.push(token);
        return real.token();
      },
    };
    await works(home.url, { tokens });
    expect(rejected).toEqual(['stale']);
  });

  it('by a token that stays rejected is refused after that, with what to do', async () => {
    let asked = 0;
    const tokens: TokenSource = {
      token: async () => ({ token: `tok-${++asked}`, expiresOnTimestamp: 0 }),
      replace: async () => ({ token: 'tok-new', expiresOnTimestamp: 0 }),
    };
    const error = await failure(home.url, { tokens });
    expect(error).toMatchObject({ kind: 'refused', sqlState: '28P01' });
    expect(error.message).toMatch(/has no role "nightshift-app" for it.*nightshift setup/);
    expect(asked).toBe(2);
    expect(inspect(error, { depth: 9 })).not.toContain('tok-');
  });

  it('without a token is away, and says what the identity said', async () => {
    const tokens: TokenSource = {
      token: () => Promise.reject(new TokenError('endpoint down', 'Check it.')),
      replace: () => Promise.reject(new Error('unused')),
    };
    const error = await failure(home.url, { tokens });
    expect(error).toMatchObject({ kind: 'away' });
    expect(error.message).toMatch(/asks for a token. No access token could be had: endpoint down. Check it./);
  });

  it('to a database that does not exist is refused', async () => {
    const error = await failure(home.ownerUrl.replace(home.name, 'missing_one'));
    expect(error).toMatchObject({ kind: 'refused', sqlState: '3D000' });
    expect(error.message).toMatch(/Create the database missing_one, or correct its name in DATABASE_URL/);
  });

  it('of a role that has all its connections is away', async () => {
    const owner = openDatabase(home.ownerUrl);
    opened.push(owner);
    const role = `limited_${home.name}`;
    await owner.withConnection((c) => c.script(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT 0`));
    const error = await failure(home.ownerUrl.replace('postgres@', `${role}@`));
    expect(error).toMatchObject({ kind: 'away', sqlState: '53300' });
    expect(error.message).toMatch(/Lower the number of instances/);
    await owner.withConnection((c) => c.script(`DROP ROLE ${role}`));
  });

  it('without the right to connect is refused', async () => {
    const owner = openDatabase(home.ownerUrl);
    opened.push(owner);
    const role = `stranger_${home.name}`;
    await owner.withConnection((c) =>
      c.script(`CREATE ROLE ${role} LOGIN; REVOKE CONNECT ON DATABASE ${home.name} FROM PUBLIC`),
    );
    const error = await failure(home.ownerUrl.replace('postgres@', `${role}@`));
    expect(error).toMatchObject({ kind: 'refused', sqlState: '42501' });
    expect(error.message).toMatch(/GRANT CONNECT ON DATABASE/);
    await owner.withConnection((c) =>
      c.script(`GRANT CONNECT ON DATABASE ${home.name} TO PUBLIC; DROP ROLE ${role}`),
    );
  });
});

describe('a server', () => {
  it('where nothing listens is away', async () => {
    const closed = createServer();
    const port = await listen(closed);
    closed.close();
    const error = await failure(plain(port));
    expect(error).toMatchObject({ kind: 'away' });
    expect(error.message).toMatch(/DATABASE_URL \(d on 127\.0\.0\.1:\d+\).*nothing listens there/);
    expect(await failure('postgresql://u@/d?host=/nowhere')).toMatchObject({ kind: 'away' });
  });

  it('whose name is not known is away', async () => {
    expect(await failure('postgresql://u:p@no-such-host.invalid/d')).toMatchObject({ kind: 'away' });
  });

  it('that does not answer is away when the time is up', async () => {
    const sockets: Socket[] = [];
    const port = await serverThat((socket) => sockets.push(socket));
    const error = await failure(plain(port), { connectTimeoutMs: 400 });
    expect(error).toMatchObject({ kind: 'away' });
    expect(error.message).toMatch(/did not answer within 0.4 s/);
    for (const socket of sockets) socket.destroy();
  });

  it('that closes the connection is away', async () => {
    const port = await serverThat((socket) => socket.once('data', () => socket.end()));
    expect(await failure(plain(port))).toMatchObject({ kind: 'away' });
  });

  it.each([
    ['57P03', 'the database system is starting up', 'away', /It will be tried again/],
    [
      '42704',
      'unrecognized configuration parameter "idle_session_timeout"',
      'version',
      /older than 14.*needs 14/,
    ],
    [
      '08P01',
      'unsupported startup parameter in options: idle_session_timeout',
      'pooler',
      /port 5432 instead of 6432/,
    ],
  ] as const)('that answers %s, %s, is %s', async (sqlState, text, kind, expected) => {
    const port = await serverThat((socket) =>
      socket.once('data', () => socket.end(fatalError(sqlState, text))),
    );
    const error = await failure(plain(port));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(expected);
  });

  it('behind a pooler is refused by the key that the pooler made up', async () => {
    const { server, port } = await poolerBefore(inject('parts').postgres);
    servers.push(server);
    const error = await failure(`postgresql://postgres@127.0.0.1:${port}/${home.name}?sslmode=disable`);
    expect(error).toMatchObject({ kind: 'pooler' });
  });
});
