import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Postgres } from '../postgres.ts';
import { DATABASE } from './names.ts';

/** Creates the sample database and fills it. */
export async function createShop(postgres: Postgres): Promise<void> {
  await execute(postgres.superuserUrl(), `CREATE DATABASE ${pg.escapeIdentifier(DATABASE)}`);
  const sql = await readFile(new URL('../shop.sql', import.meta.url), 'utf8');
  await execute(postgres.superuserUrl(DATABASE), sql);
}

async function execute(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
