import pg from 'pg';

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
    // The ledger's schema and its grants go here.
  } finally {
    await client.end();
  }
}
