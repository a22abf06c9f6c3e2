import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { SCHEMA_VERSION } from '../../src/lib/ledger/migrations.ts';
import { applySetup } from '../../src/lib/ledger/setup.ts';
import type { SetupOptions } from '../../src/lib/ledger/setupSteps.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { tick } from '../../src/lib/schedule/tick.ts';
import { openDatabase } from '../database/openDatabase.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, testWorker } from '../support/worker.ts';

let admin: pg.Client;
const urlOf = (name: string) => {
  const { socketDirectory, port } = inject('parts').postgres;
  return `postgresql://postgres@/${name}?host=${encodeURIComponent(socketDirectory)}&port=${port}`;
};
const unique = (prefix: string) => `${prefix}_${randomBytes(6).toString('hex')}`;

beforeAll(async () => {
  admin = new pg.Client(urlOf('postgres'));
  await admin.connect();
});
afterAll(() => admin.end());

async function setUp(name: string, options: SetupOptions): Promise<void> {
  const database = openDatabase(urlOf(name));
  try {
    await database.withConnection((connection) => applySetup(connection, options));
  } finally {
    await database.close();
  }
}

/** The state of schema and rights, as far as setup makes it. */
async function stateOf(name: string, login: string) {
  const client = new pg.Client(urlOf(name));
  await client.connect();
  const { rows } = await client.query(
    `SELECT nightshift.schema_version() AS version, pg_has_role($1, 'nightshift_worker', 'USAGE') AS member,
            (SELECT rolconnlimit FROM pg_roles WHERE rolname = $1) AS connections,
            (SELECT array_agg(p.oid::regprocedure::text || coalesce(p.proacl::text, '') ORDER BY p.oid::regprocedure::text)
             FROM pg_proc p WHERE p.pronamespace = 'nightshift'::regnamespace) AS functions`,
    [login],
  );
  await client.end();
  return rows[0];
}

test('run twice, setup changes nothing the second time', async () => {
  const [name, login] = [unique('setup'), unique('app')];
  await admin.query(`CREATE DATABASE ${name}`);
  const options = { appLogin: login, queryLogin: null, appConnectionLimit: 7 };
  await setUp(name, options);
  const first = await stateOf(name, login);
  expect(first).toMatchObject({ version: SCHEMA_VERSION, member: true, connections: 7 });
  await setUp(name, options);
  expect(await stateOf(name, login)).toEqual(first);
  await admin.query(`DROP DATABASE ${name}`);
  await admin.query(`DROP ROLE ${login}`);
});

test('run from two places at once, in one database and in two of one server, setup ends well in each', async () => {
  for (let round = 0; round < 4; round += 1) {
    const [left, right] = [unique('left'), unique('right')];
    const [app, query] = [unique('app'), unique('query')];
    await admin.query(`CREATE DATABASE ${left}`);
    await admin.query(`CREATE DATABASE ${right}`);
    const options = { appLogin: app, queryLogin: query };
    // The roles are the server's: both databases are after the same ones, the second time with nothing to create.
    for (const _ of ['new', 'there']) {
      await Promise.all([
        setUp(left, options),
        setUp(left, options),
        setUp(right, options),
        setUp(right, options),
      ]);
    }
    for (const name of [left, right]) {
      expect(await stateOf(name, app)).toMatchObject({ version: SCHEMA_VERSION, member: true });
      await admin.query(`DROP DATABASE ${name}`);
    }
    await admin.query(`DROP ROLE ${app}, ${query}`);
  }
}, 120_000);

async function execute(database: TestDatabase, sql: string): Promise<void> {
  const client = new pg.Client(database.ownerUrl);
  await client.connect();
  await client.query(sql);
  await client.end();
}

test.each<[string, string, RegExp]>([
  ['none', 'DROP SCHEMA nightshift CASCADE', /no schema nightshift .* Run: npx nightshift setup/],
  [
    'an older one',
    'DELETE FROM nightshift.migrations WHERE version > 1',
    /has schema version 1, and this build needs \d+\. Run: npx nightshift setup/,
  ],
  [
    'a newer one',
    "INSERT INTO nightshift.migrations VALUES (9999, 'from the future')",
    /has schema version 9999, and this build knows only \d+\. Deploy the newer build/,
  ],
])(
  'where the schema is %s, a run goes back to the queue, a tick fails, and both say what to do',
  async (_, sql, says) => {
    const database = await testDatabase();
    await execute(database, sql);
    const worker = await testWorker(database, [await jobWith('a', 'schedule: "* * * * *"', 'SELECT 1;')], {
      random: () => 0,
    });
    await runJob(worker, received(worker, { job: 'a', runId: 'x' }));
    expect(await worker.results()).toEqual([]);
    expect(worker.logged.join('\n')).toMatch(/^user:x goes back to the queue/);
    expect(worker.logged.join('\n')).toMatch(says);
    await expect(tick(worker)).rejects.toThrow(says);
    await worker.close();
    await database.drop();
  },
);
