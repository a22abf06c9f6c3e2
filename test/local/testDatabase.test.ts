import { readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { testDatabase } from '../support/database.ts';

test('a test file gets a database of its own, and its app logs in with a token', async () => {
  const database = await testDatabase();
  const { appService } = inject('parts').identity;
  const answer = await fetch(
    `${appService.IDENTITY_ENDPOINT}?api-version=2019-08-01&resource=https://ossrdbms-aad.database.windows.net`,
    { headers: { 'X-IDENTITY-HEADER': appService.IDENTITY_HEADER } },
  );
  const { access_token: password } = (await answer.json()) as { access_token: string };
  const url = new URL(database.url);
  const client = new pg.Client({
    host: url.hostname,
    port: Number(url.port),
    user: decodeURIComponent(url.username),
    database: url.pathname.slice(1),
    password,
    ssl: { ca: readFileSync(url.searchParams.get('sslrootcert') ?? '', 'utf8') },
  });
  await client.connect();
  const { rows } = await client.query('SELECT current_user AS who, current_database() AS where');
  await client.end();
  await database.drop();

  expect(rows).toEqual([{ who: 'nightshift-app', where: database.name }]);
});
