import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkJob } from '../../../src/cli/validate/checkJob.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';
import { job, jobWith } from '../../support/jobs.ts';
import { type TestWorker, testWorker } from '../../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(`
    CREATE TABLE orders (id bigint PRIMARY KEY, placed date, total numeric);
    GRANT SELECT, INSERT ON orders TO "nightshift-app";
    CREATE TABLE secret (id int); CREATE TABLE vault (id int);
    CREATE SEQUENCE numbers; GRANT USAGE ON SEQUENCE numbers TO "nightshift-app";
    CREATE TABLE marks (text text);
    CREATE FUNCTION mark(x text) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS
      $$ BEGIN INSERT INTO marks VALUES (x); RETURN 1; END $$;
    CREATE FUNCTION liar(x text) RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER AS
      $$ BEGIN PERFORM mark(x); RETURN 1; END $$;
    CREATE FUNCTION hidden() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION hidden FROM PUBLIC;
    CREATE PROCEDURE tidy(n int) LANGUAGE sql AS 'SELECT 1';
    CREATE ROLE "${role}" NOLOGIN; GRANT "${role}" TO "nightshift-app"; GRANT SELECT ON secret TO "${role}";
    CREATE ROLE "${role}-foreign" NOLOGIN;
    CREATE SCHEMA other; GRANT USAGE ON SCHEMA other TO PUBLIC;
    CREATE TABLE other.things (id int); GRANT SELECT ON other.things TO PUBLIC;`);
  worker = await testWorker(database, []);
});
afterAll(async () => {
  await worker.close();
  await owner.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"; DROP ROLE "${role}-foreign"`);
  await owner.end();
  await database.drop();
});
const role = `validate-${process.pid}-${Date.now()}`;

/** `line:column severity message`, as the command prints them. */
async function problemsOf(sql: string, frontMatter: string | null = null): Promise<string[]> {
  const checked = frontMatter === null ? await job('x', sql) : await jobWith('x', frontMatter, sql);
  const found = await worker.home.withConnection((connection) => checkJob(connection, checked, Date.now()));
  return found.map(([{ line, column, message }, severity]) => `${line}:${column} ${severity} ${message}`);
}

describe('what the server knows to be wrong is told where it stands', () => {
  test.each<[string, string]>([
    ['SELECT 1;\nSELECT * FROM ordrs;', '2:15 error relation "ordrs" does not exist (SQLSTATE 42P01).'],
    ['SELECT totl FROM orders;', '1:8 error column "totl" does not exist (SQLSTATE 42703). Perhaps'],
    ['INSERT INTO orders (id, day) VALUES (1, now());', '1:25 error column "day" of relation "orders"'],
    [
      "SELECT '🌙', dat_trunc('day', now());",
      '1:13 error function dat_trunc(unknown, timestamp with time zone)',
    ],
    ["SELECT 'x' + 1;", '1:8 error invalid input syntax for type integer: "x" (SQLSTATE 22P02).'],
    ['SELECT 1::moneyy;', '1:11 error type "moneyy" does not exist (SQLSTATE 42704).'],
    ['SELECT * FROM nowhere.orders;', '1:15 error relation "nowhere.orders" does not exist'],
    [
      'DELETE FROM orders;',
      '1:1 error permission denied for table orders (SQLSTATE 42501). Grant it to the app',
    ],
    ['UPDATE orders SET total = 1;', '1:1 error permission denied for table orders'],
    ['SELECT * FROM vault;', '1:1 error permission denied for table vault'],
    ['SELECT hidden();', '1:1 error permission denied for function hidden'],
    [
      'TRUNCATE orders;',
      '1:10 error "nightshift-app" has no right to do this to "orders". GRANT TRUNCATE ON "orders"',
    ],
    ['TRUNCATE\n ordrs;', '2:2 error There is no relation "ordrs".'],
    [
      'CREATE INDEX ON orders (placed);',
      '1:17 error "nightshift-app" has no right to do this to "orders". It is its owner',
    ],
    ['ALTER TABLE ordrs ADD COLUMN x int;', '1:13 error There is no relation "ordrs".'],
    ['CALL tidyy(1);', '1:1 error There is no procedure "tidyy".'],
    ['CREATE TEMP TABLE t AS SELECT x FROM orders;', '1:31 error column "x" does not exist'],
    ['SET search_path = other; SELECT * FROM orders;', '1:40 error relation "orders" does not exist'],
    ['SET LOCAL serch_path = other;', '1:1 error unrecognized configuration parameter "serch_path"'],
  ])('%s', async (sql, expected) => {
    const found = await problemsOf(sql);
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test('all of them, and not only the first', async () => {
    expect(await problemsOf('SELECT * FROM a;\nSELECT 1;\nSELECT * FROM b;')).toEqual([
      '1:15 error relation "a" does not exist (SQLSTATE 42P01).',
      '3:15 error relation "b" does not exist (SQLSTATE 42P01).',
    ]);
  });

  test('a statement that cannot run in a transaction, too', async () => {
    expect(await problemsOf('VACUUM ordrs;', 'transaction: false')).toEqual([
      '4:8 error There is no relation "ordrs".',
    ]);
  });
});

test.each([
  ['INSERT INTO orders SELECT id + 1, placed, total FROM orders;'],
  ['SET LOCAL search_path = other; SELECT * FROM things;'],
  ['WITH new AS (INSERT INTO orders VALUES (1) RETURNING id) SELECT * FROM new;'],
  ['CALL tidy(1);'],
  ['SELECT nightshift.run_id(), nightshift.attempt(), nightshift.scheduled_for();'],
])('%s has no problem', async (sql) => {
  expect(await problemsOf(sql)).toEqual([]);
});

describe('nothing is run', () => {
  test('no function, no sequence, no setting that stays', async () => {
    expect(
      await problemsOf(
        "SELECT mark('run'), nextval('numbers'), pg_sleep(1000); SET nightshift.run_id = 'x';",
      ),
    ).toEqual([]);
    expect((await owner.query('SELECT * FROM marks')).rows).toEqual([]);
    expect((await owner.query('SELECT is_called FROM numbers')).rows).toEqual([{ is_called: false }]);
    const after = await worker.home.withConnection((connection) =>
      connection.query("SELECT current_setting('nightshift.run_id', true) AS id"),
    );
    expect(after[0]?.['id'] || null).toBe(null);
  });

  test('a function that is evaluated for the plan, as it says that it changes nothing, cannot write', async () => {
    expect(await problemsOf("SELECT * FROM orders WHERE id = liar('x');")).toEqual([
      expect.stringContaining(
        'warning Could not be checked: cannot execute INSERT in a read-only transaction',
      ),
    ]);
    expect((await owner.query('SELECT * FROM marks')).rows).toEqual([]);
  });
});

describe('what an earlier statement may change could not be checked', () => {
  test.each<[string, string[]]>([
    [
      'CREATE TEMP TABLE t (id int);\nINSERT INTO t VALUES (1);\nSELECT * FROM t JOIN ordrs USING (id);',
      [
        '1:1 note CREATE TEMP is not checked.',
        '2:13 warning Could not be checked: relation "t"',
        '3:15 warning',
      ],
    ],
    ['SELECT 1 AS a INTO t;\nSELECT a FROM t;', ['2:15 warning Could not be checked: relation "t"']],
    ['CREATE TEMP TABLE t AS SELECT 1;\nSELECT * FROM ordrs;', ['2:15 error relation "ordrs"']],
    [
      'CREATE TEMP TABLE t AS SELECT 1;\nTRUNCATE t;',
      ['2:10 warning Could not be checked: There is no relation "t".'],
    ],
    [
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;\nSELECT f();\nSELECT g();',
      [
        '1:1 note CREATE FUNCTION',
        '2:8 warning Could not be checked: function f()',
        '3:8 error function g()',
      ],
    ],
    [
      'CREATE SCHEMA s;\nSELECT * FROM s.t;',
      ['1:1 note CREATE SCHEMA', '2:15 warning Could not be checked: relation "s.t"'],
    ],
    [
      'DO $$ BEGIN CREATE TEMP TABLE t (); END $$;\nSELECT * FROM t;',
      [
        '1:1 note DO is not checked.',
        '2:15 warning Could not be checked: relation "t" does not exist (SQLSTATE 42P01). DO in line 1, which is not run here, may change that.',
      ],
    ],
    [
      "SELECT set_config('search_path', 'other', true);\nSELECT * FROM things;",
      ['2:15 warning Could not be checked: relation "things"'],
    ],
    [
      'CREATE TEMP TABLE t AS SELECT 1;\nDELETE FROM orders;',
      ['2:1 error permission denied for table orders'],
    ],
  ])('%s', async (sql, expected) => {
    expect(await problemsOf(sql)).toEqual(expected.map((each) => expect.stringContaining(each)));
  });
});

describe('the role of the job', () => {
  test('has its own rights, and not those of the login', async () => {
    expect(await problemsOf('SELECT * FROM secret;', `role: ${role}`)).toEqual([]);
    expect(await problemsOf('SELECT * FROM orders;', `role: ${role}`)).toEqual([
      expect.stringContaining(
        `4:1 error permission denied for table orders (SQLSTATE 42501). Grant it to ${role}.`,
      ),
    ]);
  });

  test('that does not exist, or is not the login’s to take, is told at its key', async () => {
    expect(await problemsOf('SELECT * FROM a;', 'role: nobody')).toEqual([
      '2:10 error role: role "nobody" does not exist.',
    ]);
    expect(await problemsOf('SELECT 1;', `role: ${role}-foreign`)).toEqual([
      expect.stringContaining(
        `2:10 error role: permission denied to set role "${role}-foreign". GRANT "${role}-foreign"`,
      ),
    ]);
  });
});

test('parameters have values of their types, so that what is planned with them is checked', async () => {
  const frontMatter =
    'parameters: { day: date, n: { type: integer, default: 3 }, some: json, at: timestamp, id: uuid }';
  const sql = `SELECT * FROM orders WHERE placed = nightshift.parameter('day')::date AND id > nightshift.parameter('n')::bigint
    AND nightshift.parameter('some')::jsonb ? 'a' AND now() > nightshift.parameter('at')::timestamptz
    AND gen_random_uuid() <> nightshift.parameter('id')::uuid;`;
  expect(await problemsOf(sql, frontMatter)).toEqual([]);
});

test('a table that is locked for long is told, and not waited for', async () => {
  const client = new pg.Client(database.ownerUrl);
  await client.connect();
  await client.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
  const found = await problemsOf('SELECT * FROM orders;');
  await client.end();
  expect(found).toEqual([
    expect.stringContaining('1:15 warning Could not be checked: canceling statement due to lock timeout'),
  ]);
});
