import pg from 'pg';
import { createDatabase } from '../../src/lib/database/connection.ts';
import { parseDatabaseUrl } from '../../src/lib/database/databaseUrl.ts';
import { createIdentity } from '../../src/lib/database/identity.ts';
import { databaseScope } from '../../src/lib/database/scope.ts';
import { applySetup } from '../../src/lib/ledger/setup.ts';

export const TEMPLATE_DATABASE = 'nightshift_template';
export const APP_LOGIN = 'nightshift-app';
export const QUERY_LOGIN = 'nightshift-query';

/**
 * Fills the database that every test database is a copy of. Roles belong to the whole server: the copies share
 * them.
 *
 * @param superuserUrl names the template database itself. No connection to it may be left open: PostgreSQL copies
 *   no database that somebody is connected to.
 */
export async function prepareTemplate(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const login of [APP_LOGIN, QUERY_LOGIN]) {
      await client.query(`CREATE ROLE ${pg.escapeIdentifier(login)} LOGIN`);
    }
  } finally {
    await client.end();
  }
  await setUpLedger(superuserUrl);
}

async function setUpLedger(superuserUrl: string): Promise<void> {
  const parsed = parseDatabaseUrl('SETUP_DATABASE_URL', superuserUrl);
  if (!parsed.ok) throw new Error(parsed.problems.join(' '));
  const database = createDatabase(parsed.target, {
    tokens: createIdentity({}, 'public').tokens(null, databaseScope('public')),
  });
  await database.withConnection((connection) =>
    applySetup(connection, { appLogin: APP_LOGIN, queryLogin: QUERY_LOGIN, appConnectionLimit: 100 }),
  );
  await database.close();
}
