import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SCHEMA_VERSION } from '../../src/lib/ledger/migrations.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let database: TestDatabase;
let owner: pg.Client;
beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

test('the schema is there', async () => {
  const { rows } = await owner.query('select nightshift.schema_version() v');
  expect(rows).toEqual([{ v: SCHEMA_VERSION }]);
});
