import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/lib/database/connection.ts';
import { type GuardedQuery, guardedQuery } from '../../src/lib/queries/guardedQuery.ts';
import { openDatabase, realTokens } from '../database/openDatabase.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let home: TestDatabase;
let database: Database;
let owner: Database;

beforeAll(async () => {
  home = await testDatabase();
  owner = openDatabase(home.ownerUrl);
  // The superuser: what is refused here is refused by the rails alone, not by the login.
  database = openDatabase(home.ownerUrl, { maxConnections: 2 });
  await owner.withConnection((connection) =>
    connection.script(`
      CREATE TABLE kept (n int);
      INSERT INTO kept VALUES (1);
      CREATE SEQUENCE counter;
      CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO kept VALUES (2); RETURN 1; END $$;
      CREATE PROCEDURE commits(INOUT x int) LANGUAGE plpgsql AS $$ BEGIN COMMIT; INSERT INTO kept VALUES (3); END $$;
      CREATE PROCEDURE opens(INOUT x int) LANGUAGE plpgsql
        AS $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO kept VALUES (4); END $$;
    `),
  );
});
afterAll(async () => {
  await database.close();
  await owner.close();
  await home.drop();
});

const never = new AbortController().signal;

const run = (text: string, more: Partial<GuardedQuery> = {}, stopping = never) => {
  const query = { text, values: [], maxRows: 100, maxBytes: 100_000, timeoutMs: 10_000, ...more };
  return guardedQuery(database, query, stopping);
};

const kept = () =>
  owner.withConnection(async (connection) => {
    const [row] = await connection.query(
      'SELECT array_agg(n) AS all, (SELECT last_value FROM counter) AS c FROM kept',
    );
    return row;
  });

describe('a guarded query', () => {
  it('runs as the query login with its own identity, with parameters in text form', async () => {
    const { QUERY_IDENTITY } = await import('../../local/identity/identities.ts');
    const asked = openDatabase(home.queryUrl, { tokens: realTokens(QUERY_IDENTITY.clientId) });
    const query = {
      text: 'SELECT current_user AS who, $1::bigint AS big, $2::text AS nothing',
      values: ['9007199254740993', null],
      maxRows: 1,
      maxBytes: 1000,
      timeoutMs: 10_000,
    };
    const result = await guardedQuery(asked, query, never);
    expect(result).toEqual({
      columns: [
        { name: 'who', typeOid: 19 },
        { name: 'big', typeOid: 20 },
        { name: 'nothing', typeOid: 25 },
      ],
      rows: [['nightshift-query', '9007199254740993', null]],
      truncated: false,
    });
    await asked.close();
  });

  it.each([
    'SELECT 1',
    'VALUES (1), (2)',
    'TABLE kept',
    'SHOW work_mem',
    'EXPLAIN SELECT 1',
    'SELECT FROM kept',
  ])('runs %s', async (text) => expect((await run(text)).rows.length).toBeGreaterThan(0));

  it.each([
    'SET work_mem = 1000',
    'DO $$ BEGIN INSERT INTO kept VALUES (9); END $$',
    'COPY kept TO STDOUT',
    `COPY (SELECT 1) TO PROGRAM 'true'`,
    'COPY kept FROM STDIN',
    'INSERT INTO kept VALUES (9)',
    'TRUNCATE kept',
    'DROP TABLE kept',
    'CREATE TABLE more AS SELECT 1',
    'SELECT 1 AS n INTO more',
    'SET TRANSACTION READ WRITE',
    'COMMIT',
    'ROLLBACK',
    'NOTIFY somebody',
    'LOCK TABLE kept',
    'PREPARE p AS SELECT 1',
    'DECLARE c CURSOR FOR SELECT 1',
    'VACUUM',
    '',
    '-- nothing',
  ])('does not execute %s, which promises no rows', async (text) => {
    await expect(run(text)).rejects.toMatchObject({ kind: 'sql', sqlState: '0A000' });
    expect(await kept()).toEqual({ all: '{1}', c: '1' });
  });

  it.each([
    ['INSERT INTO kept VALUES (9) RETURNING n', '25006'],
    ['WITH x AS (DELETE FROM kept RETURNING n) SELECT * FROM x', '25006'],
    ['EXPLAIN ANALYZE DELETE FROM kept', '25006'],
    ['SELECT writes()', '25006'],
    [`SELECT nextval('counter')`, '25006'],
    ['SELECT * FROM kept FOR UPDATE', '25006'],
    [`SELECT set_config('transaction_read_only', 'off', true), writes()`, '25001'],
    ['CALL commits(1)', '2D000'],
    ['CALL opens(1)', '25001'],
    ['SELECT 1; DROP TABLE kept', '42601'],
    ['SELECT 1/0', '22012'],
    ['SELECT missing', '42703'],
    ['SELECT $1', '08P01'],
  ])('does not let %s change anything', async (text, sqlState) => {
    await expect(run(text)).rejects.toMatchObject({ kind: 'sql', sqlState });
    expect(await kept()).toEqual({ all: '{1}', c: '1' });
  });

  it('leaves no lock and no setting behind', async () => {
    await run(`SELECT pg_advisory_lock(5), set_config('search_path', 'nowhere', false)`);
    expect((await run(`SELECT current_setting('search_path')`)).rows).toEqual([['"$user", public']]);
    await expect
      .poll(async () => (await run(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'`)).rows)
      .toEqual([['0']]);
  });

  it('keeps the rows up to its limit and says that there are more', async () => {
    const text = 'SELECT n FROM generate_series(1, $1::int) AS n';
    expect((await run(text, { values: ['3'], maxRows: 3 })).truncated).toBe(false);
    const cut = await run(text, { values: ['4'], maxRows: 3 });
    expect(cut).toMatchObject({ rows: [['1'], ['2'], ['3']], truncated: true });
  });

  it('keeps the rows up to its limit of bytes, however many the server has', async () => {
    const text = `SELECT repeat('x', 996) FROM generate_series(1, 100000) AS a, generate_series(1, 1000) AS b`;
    const cut = await run(text, { maxBytes: 5_500, maxRows: 1_000_000 });
    expect(cut.rows).toHaveLength(5);
    expect(cut.truncated).toBe(true);
  });

  it('survives a row that is larger than memory should hold', async () => {
    const cut = await run(`SELECT repeat('x', 50000000) UNION ALL SELECT 'y'`);
    expect(cut).toMatchObject({ rows: [], truncated: true });
  });

  it('ends in time, by the timeout of the server', async () => {
    await expect(run('SELECT pg_sleep(60)', { timeoutMs: 200 })).rejects.toMatchObject({ sqlState: '57014' });
  });

  it('ends in time when the statement has switched that timeout off before it began to wait', async () => {
    const text = `SELECT set_config('statement_timeout', '0', true), pg_sleep(60)`;
    await expect(run(text, { timeoutMs: 200 })).rejects.toMatchObject({ sqlState: '57014' });
  });

  it('ends in time when it does not heed a cancel', async () => {
    // The condition catches the cancel, again and again.
    await owner.withConnection((connection) =>
      connection.script(`CREATE FUNCTION stubborn() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$`),
    );
    await expect(run('SELECT stubborn()', { timeoutMs: 200 })).rejects.toMatchObject({ sqlState: '57014' });
  });

  it('is cancelled when the worker is to stop, which is no answer to it', async () => {
    const stop = new AbortController();
    const ended = run('SELECT pg_sleep(600), 42 AS stop_me', { timeoutMs: 600_000 }, stop.signal).catch(
      (error: unknown) => error,
    );
    const sleepers = () =>
      owner.withConnection((connection) =>
        connection.query(
          "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE '%stop_me%'",
        ),
      );
    await expect.poll(sleepers).toHaveLength(1);
    stop.abort();
    expect(await ended).toMatchObject({ kind: 'lost', message: expect.stringContaining('asked to stop') });
    await expect.poll(sleepers).toHaveLength(0);
  });

  it('does not begin in a worker that was asked to stop meanwhile', async () => {
    await expect(run('SELECT pg_sleep(600)', {}, AbortSignal.abort())).rejects.toMatchObject({
      kind: 'lost',
    });
  });
});
