import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { INSIDE_TOO, OUTSIDE_ONLY } from './transactionStatements.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  // Whether its slot matters comes before whether there is a transaction. Its worker finds nobody to connect to.
  await client.query(
    "CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p, q WITH (connect = false, slot_name = 's')",
  );
  await client.query('ALTER SUBSCRIPTION s ENABLE');
});
afterAll(async () => {
  await client.query('ALTER SUBSCRIPTION s DISABLE');
  await client.query('ALTER SUBSCRIPTION s SET (slot_name = NONE)');
  await client.query('DROP SUBSCRIPTION s');
  await client.end();
  await database.drop();
});

/** The SQLSTATE that the server answers with inside a transaction; null if it runs the statement. */
async function inTransaction(sql: string): Promise<unknown> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    return null;
  } catch (error) {
    return error instanceof pg.DatabaseError ? error.code : error;
  } finally {
    await client.query('ROLLBACK');
  }
}

const ACTIVE_SQL_TRANSACTION = '25001';

test.each(OUTSIDE_ONLY)('PostgreSQL refuses %s in a transaction', async (sql) => {
  expect(await inTransaction(sql)).toBe(ACTIVE_SQL_TRANSACTION);
});

// Most of them fail for another reason: there is no such table.
test.each(INSIDE_TOO)('PostgreSQL does not refuse %s for the transaction', async (sql) => {
  expect(await inTransaction(sql)).not.toBe(ACTIVE_SQL_TRANSACTION);
});
