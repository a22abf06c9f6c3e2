import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Postgres, startPostgres } from '../../local/postgres.ts';
import { freePort } from '../support/freePort.ts';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres({ durable: false, maxConnections: 20, server: { work_mem: '8MB' } });
});
afterAll(() => postgres.stop());

async function ask(sql: string, url = postgres.superuserUrl()): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

test('its only door is a unix socket in a folder that is closed to others', async () => {
  expect(statSync(postgres.socketDirectory).mode & 0o777).toBe(0o700);
  expect(await ask('SHOW listen_addresses')).toBe('');
});

test('it never runs as root', () => {
  expect(statSync(join(postgres.socketDirectory, '.s.PGSQL.5432')).uid).not.toBe(0);
});

test('settings reach the server', async () => {
  expect(await ask('SHOW max_connections')).toBe('20');
  expect(await ask('SHOW work_mem')).toBe('8MB');
  expect(await ask('SHOW fsync')).toBe('off');
});

test('names and text sort by code point, on every machine alike', async () => {
  expect(await ask(`SELECT string_agg(t, '' ORDER BY t) FROM unnest('{b,B,a,Z,ä}'::text[]) t`)).toBe('BZabä');
});

test('what was committed survives a restart, a crash and a kill', async () => {
  await ask('CREATE TABLE kept AS SELECT 1 AS n');
  const pids = [postgres.pid()];
  for (const disturb of [
    () => postgres.restart('fast'),
    () => postgres.restart('immediate'),
    () => postgres.kill().then(() => postgres.start()),
  ]) {
    await disturb();
    expect(await ask('SELECT n FROM kept')).toBe(1);
    pids.push(postgres.pid());
  }
  expect(new Set(pids).size).toBe(4);
  expect(postgres.log()).toContain('database system was interrupted');
});

test('a TCP port, where it is asked for, wants a password', async () => {
  const tcpPort = await freePort();
  const other = await startPostgres({ durable: false, tcpPort });
  try {
    await ask(`CREATE ROLE walker LOGIN PASSWORD 'right'`, other.superuserUrl());
    const url = (password: string) => `postgresql://walker:${password}@127.0.0.1:${tcpPort}/postgres`;
    expect(await ask('SELECT current_user', url('right'))).toBe('walker');
    await expect(ask('SELECT 1', url('wrong'))).rejects.toMatchObject({ code: '28P01' });
  } finally {
    await other.stop();
  }
});

test('a start that fails says why, in the words of the server, and leaves nothing', async () => {
  const tcpPort = await freePort();
  const squatter = createServer().listen(tcpPort, '127.0.0.1');
  await expect(startPostgres({ tcpPort })).rejects.toThrow(/could not bind.*Address already in use/s);
  squatter.close();
  await expect(startPostgres({ server: { max_connections: 'many' } })).rejects.toThrow(
    /invalid value.*max_connections/,
  );
});

test('stopping removes the data', async () => {
  const other = await startPostgres({ durable: false });
  await other.stop();
  expect(existsSync(dirname(other.socketDirectory))).toBe(false);
});
