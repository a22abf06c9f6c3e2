/** What a client may send before it has logged in, byte by byte. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TENANT_ID } from '../../../local/identity/identities.ts';
import { createTokenIssuer } from '../../../local/identity/tokenIssuer.ts';
import { type Postgres, startPostgres } from '../../../local/postgres.ts';
import { startTlsFront, type TlsFront } from '../../../local/tlsFront/front.ts';

let postgres: Postgres;
let front: TlsFront;
beforeAll(async () => {
  postgres = await startPostgres({ durable: false });
  front = await startTlsFront({
    server: postgres,
    trust: await createTokenIssuer(TENANT_ID),
    logins: { postgres: { password: 'pw' } },
    caFile: join(postgres.socketDirectory, 'ca.pem'),
  });
});
afterAll(async () => {
  await front.stop();
  await postgres.stop();
});

const int32 = (...values: number[]) => {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeInt32BE(value, i * 4);
  });
  return bytes;
};
const SSL_REQUEST = int32(8, 80877103);

async function open(): Promise<Socket> {
  const socket = connect(front.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function encrypt(socket: Socket): Promise<TLSSocket> {
  const tls = connectTls({ socket, ca: readFileSync(front.caFile, 'utf8'), servername: 'localhost' });
  await once(tls, 'secureConnect');
  return tls;
}

/** Everything the other side says until it closes. */
function rest(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  return new Promise((resolve) => {
    socket.once('close', () => resolve(text));
  });
}

/** A request that comes before its query has begun cancels nothing. */
async function isSleeping(pid: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgres.superuserUrl() });
  await client.connect();
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`,
    [pid],
  );
  await client.end();
  return rowCount === 1;
}

describe('a CancelRequest stops the query that it names', () => {
  test.each([
    ['in the clear', async () => open()],
    [
      'within TLS',
      async () => {
        const socket = await open();
        socket.write(SSL_REQUEST);
        await once(socket, 'data');
        return encrypt(socket);
      },
    ],
  ])('%s', async (_how, connectSomehow) => {
    const client = new pg.Client({
      connectionString: front.url('postgres', 'postgres').replace('postgres@', 'postgres:pw@'),
    });
    await client.connect();
    const sleeping = expect(client.query('SELECT pg_sleep(60)')).rejects.toMatchObject({ code: '57014' });
    // pg keeps the key that BackendKeyData brought, without telling TypeScript.
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    await expect.poll(() => isSleeping(processID)).toBe(true);
    const socket = await connectSomehow();
    socket.write(int32(16, 80877102, processID, secretKey));
    expect(await rest(socket)).toBe('');
    await sleeping;
    await client.end();
  });
});

test('GSSAPI encryption is declined, and TLS may still be asked for', async () => {
  const socket = await open();
  socket.write(int32(8, 80877104));
  expect(String((await once(socket, 'data'))[0])).toBe('N');
  socket.write(SSL_REQUEST);
  expect(String((await once(socket, 'data'))[0])).toBe('S');
  (await encrypt(socket)).destroy();
});

test('bytes that were slipped in before TLS are not taken for the client’s', async () => {
  const socket = await open();
  socket.write(Buffer.concat([SSL_REQUEST, int32(8, 196608)]));
  expect(await rest(socket)).toBe('');
});

test('a startup packet in single bytes is read all the same', async () => {
  const socket = await open();
  socket.setNoDelay(true);
  const body = Buffer.from('user\0slow\0database\0shop\0\0');
  for (const byte of Buffer.concat([int32(8 + body.length, 196608), body])) {
    socket.write(Buffer.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await rest(socket)).toContain('user "slow", database "shop", no encryption');
});

test.each([
  ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ['a packet too long', int32(20_000, 196608)],
  ['a packet too short', int32(4)],
  ['protocol 2', int32(8, 131072)],
])('%s is answered by closing the connection', async (_what, bytes) => {
  const socket = await open();
  socket.write(bytes);
  expect(await rest(socket)).toBe('');
});

test('clients that leave in the middle of the login leave nothing open', async () => {
  for (const bytes of [Buffer.of(0), SSL_REQUEST]) {
    const socket = await open();
    socket.end(bytes);
    socket.resume();
    await once(socket, 'close');
  }
  await expect.poll(() => front.connections()).toBe(0);
});
