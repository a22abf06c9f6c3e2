import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { APP_LOGIN, QUERY_LOGIN, TEMPLATE_DATABASE } from './template.ts';

export interface TestDatabase {
  readonly name: string;
  /** For the app: its login, through the TLS front, without a password (a token of the system-assigned identity). */
  readonly url: string;
  /** For ad-hoc queries: their login, likewise (a token of the user-assigned identity). */
  readonly queryUrl: string;
  /** The superuser's, by the unix socket. */
  readonly ownerUrl: string;
  drop(): Promise<void>;
}

/** Makes a database of its own for a test file, a copy of the template (some 50 ms). */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const { postgres, front } = inject('parts');
  const ownerUrl = (database: string) =>
    `postgresql://postgres@/${database}?host=${encodeURIComponent(postgres.socketDirectory)}&port=${postgres.port}`;
  const frontUrl = (login: string) =>
    `postgresql://${login}@localhost:${front.port}/${name}?sslmode=verify-full&sslrootcert=${encodeURIComponent(front.caFile)}`;

  await execute(ownerUrl('postgres'), `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE_DATABASE}`);
  return {
    name,
    url: frontUrl(APP_LOGIN),
    queryUrl: frontUrl(QUERY_LOGIN),
    ownerUrl: ownerUrl(name),
    drop: () => execute(ownerUrl('postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
