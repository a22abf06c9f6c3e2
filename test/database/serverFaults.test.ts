import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startIdentityEndpoint } from '../../local/identity/endpoint.ts';
import { APP_IDENTITY } from '../../local/identity/identities.ts';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { startTlsFront } from '../../local/tlsFront/front.ts';
import type { Database } from '../../src/lib/database/connection.ts';
import { createDatabase } from '../../src/lib/database/connection.ts';
import { openDatabase, silentRelay, targetOf } from './openDatabase.ts';

/** A server of this file's own, to be broken. */
let postgres: Postgres;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres({ durable: false });
});
afterEach(() => database.close());
afterAll(() => postgres.stop());

const ask = (sql = 'SELECT 1 AS one') => database.withConnection((connection) => connection.query(sql));
const settled = (work: Promise<unknown>) =>
  work.then(
    () => ({ kind: 'done' }),
    (error: unknown) => error,
  );

describe('a server', () => {
  it('that restarts while nobody uses it is not missed', async () => {
    database = openDatabase(postgres.superuserUrl());
    await ask();
    await postgres.restart('fast');
    expect(await ask()).toEqual([{ one: '1' }]);
  });

  it.each(['fast', 'immediate'] as const)(
    'that restarts (%s) in the middle of a statement loses it',
    async (mode) => {
      database = openDatabase(postgres.superuserUrl());
      const running = settled(ask('SELECT pg_sleep(60)'));
      await sleep(300);
      await postgres.restart(mode);
      expect(await running).toMatchObject({ kind: 'lost' });
      expect(await ask()).toEqual([{ one: '1' }]);
    },
  );

  it('that is killed is away until it is back', async () => {
    database = openDatabase(postgres.superuserUrl());
    await ask();
    await postgres.kill();
    expect(await settled(ask())).toMatchObject({ kind: expect.stringMatching(/away|lost/) });
    await expect.poll(() => settled(ask())).toMatchObject({ kind: 'away' });
    await postgres.start();
    expect(await ask()).toEqual([{ one: '1' }]);
  });

  it('ends what it computes for a worker that is gone', async () => {
    database = openDatabase(postgres.superuserUrl());
    let pid = 0;
    await settled(
      database.withConnection(async (connection) => {
        pid = connection.backendPid;
        const running = settled(connection.query('SELECT pg_sleep(600)'));
        await sleep(200);
        connection.destroy();
        return running;
      }),
    );
    const left = () => ask(`SELECT count(*) AS n FROM pg_stat_activity WHERE pid = ${pid}`);
    await expect.poll(left, { timeout: 25_000, interval: 500 }).toEqual([{ n: '0' }]);
  });

  it('that has become a replica is refused until it is promoted', async () => {
    database = openDatabase(postgres.superuserUrl());
    await ask();
    // Where initdb put the data: beside the socket's folder.
    writeFileSync(join(dirname(postgres.socketDirectory), 'data', 'standby.signal'), '');
    await postgres.restart('fast');
    const error = await settled(ask());
    expect(error).toMatchObject({ kind: 'replica' });
    expect(String(error)).toMatch(/Point DATABASE_URL at the primary/);
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: postgres.superuserUrl() });
    await client.connect();
    await client.query('SELECT pg_promote()');
    await client.end();
    expect(await ask()).toEqual([{ one: '1' }]);
  });
});

describe('a network', () => {
  it('that breaks every connection loses what runs, and the next use opens another', async () => {
    const identity = await startIdentityEndpoint();
    const front = await startTlsFront({
      server: postgres,
      trust: identity.issuer,
      logins: { postgres: { principalId: APP_IDENTITY.principalId } },
      caFile: join(postgres.socketDirectory, 'faults.pem'),
    });
    const { token } = await identity.issuer.issue({
      identity: APP_IDENTITY,
      resource: 'https://ossrdbms-aad.database.windows.net',
      lifetimeSeconds: 600,
    });
    const held = { token, expiresOnTimestamp: Date.now() + 600_000 };
    const tokens = { token: async () => held, replace: async () => held };
    database = createDatabase(targetOf(front.url('postgres', 'postgres')), { tokens });
    await ask();
    const running = settled(ask('SELECT pg_sleep(60)'));
    await sleep(300);
    front.cutAll();
    expect(await running).toMatchObject({ kind: 'lost' });
    expect(await ask()).toEqual([{ one: '1' }]);
    front.cutAll();
    await sleep(100);
    expect(await ask()).toEqual([{ one: '1' }]);
    await front.refuse();
    front.cutAll();
    await sleep(100);
    expect(await settled(ask())).toMatchObject({ kind: 'away' });
    await front.accept();
    expect(await ask()).toEqual([{ one: '1' }]);
    await front.stop();
    await identity.stop();
  });

  it('that falls silent is not waited for longer than the answer should take', async () => {
    const relay = await silentRelay(postgres);
    database = openDatabase(`postgresql://postgres@127.0.0.1:${relay.port}/postgres?sslmode=disable`, {
      answerTimeoutMs: 300,
      connectTimeoutMs: 300,
      maxConnections: 1,
    });
    const { lost, cancelled } = await database.withConnection(async (connection) => {
      await connection.query('SELECT 1');
      relay.fallSilent();
      const lost = await settled(connection.query('SELECT 1'));
      return { lost, cancelled: await settled(connection.cancel()) };
    });
    expect(lost).toMatchObject({ kind: 'lost' });
    expect(String(lost)).toMatch(/did not answer within 0.3 s/);
    expect(String(cancelled)).toMatch(/cancel request was not taken within 5 s/);
    // The one connection of the pool is free again: what follows fails to connect, not to get its turn.
    expect(String(await settled(ask()))).toMatch(/did not answer within 0.3 s. Check the firewall/);
    relay.stop();
  });

  it('that falls silent when the work is done does not keep the connection', async () => {
    const relay = await silentRelay(postgres);
    database = openDatabase(`postgresql://postgres@127.0.0.1:${relay.port}/postgres?sslmode=disable`, {
      answerTimeoutMs: 300,
      connectTimeoutMs: 300,
      maxConnections: 1,
    });
    await database.withConnection(async (connection) => {
      await connection.query('SELECT 1');
      relay.fallSilent();
    });
    const told = async () => String(await settled(ask()));
    await expect.poll(told, { timeout: 10_000 }).toMatch(/did not answer within 0.3 s. Check the firewall/);
    relay.stop();
  });
});
