import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/lib/database/connection.ts';
import { DatabaseError, SqlError } from '../../src/lib/database/databaseError.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { openDatabase, realTokens } from './openDatabase.ts';

let home: TestDatabase;
let database: Database;
beforeAll(async () => {
  home = await testDatabase();
});
afterEach(() => database?.close());
afterAll(() => home.drop());

const failure = async (work: Promise<unknown>): Promise<Error> => {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It should have failed.');
};

describe('a session', () => {
  it('logs in over verified TLS with a token of the managed identity', async () => {
    database = openDatabase(home.url, { tokens: realTokens() });
    const rows = await database.withConnection((connection) =>
      connection.query('SELECT current_user AS who, $1::int + 1 AS sum, $2::text AS nothing', ['41', null]),
    );
    expect(rows).toEqual([{ who: 'nightshift-app', sum: '42', nothing: null }]);
  });

  it('starts with the settings that end a frozen worker and make text forms plain', async () => {
    database = openDatabase(home.ownerUrl, { statementTimeoutMs: 12_000 });
    const names = [
      'application_name',
      'idle_in_transaction_session_timeout',
      'idle_session_timeout',
      'client_connection_check_interval',
      'statement_timeout',
      'lock_timeout',
      'TimeZone',
      'DateStyle',
      'IntervalStyle',
      'client_encoding',
    ];
    const settings = await database.withConnection((connection) =>
      Promise.all([
        connection.query(
          'SELECT array_agg(current_setting(name) ORDER BY n) AS all FROM unnest($1::text[]) WITH ORDINALITY AS x(name, n)',
          [`{${names.join(',')}}`],
        ),
      ]),
    );
    expect(settings[0]?.[0]?.['all']).toBe('{nightshift,30s,1min,10s,12s,0,UTC,"ISO, MDY",iso_8601,UTF8}');
  });

  it('knows its own process, as the server shows it', async () => {
    database = openDatabase(home.ownerUrl);
    await database.withConnection(async (connection) => {
      const [row] = await connection.query('SELECT pg_backend_pid() AS pid');
      expect(Number(row?.['pid'])).toBe(connection.backendPid);
    });
  });

  it('does one thing at a time and nothing after its work', async () => {
    database = openDatabase(home.ownerUrl);
    const kept = await database.withConnection(async (connection) => {
      const first = connection.query('SELECT 1');
      await expect(connection.query('SELECT 2')).rejects.toThrow(/busy/);
      await first;
      return connection;
    });
    await expect
      .poll(() => failure(kept.query('SELECT 1')))
      .toMatchObject({
        message: expect.stringMatching(/after its work had ended/),
      });
  });

  it('that was destroyed is lost to whoever goes on with it', async () => {
    database = openDatabase(home.ownerUrl);
    await database.withConnection(async (connection) => {
      connection.destroy();
      connection.destroy();
      expect(await failure(connection.query('SELECT 1'))).toMatchObject({ kind: 'lost' });
    });
  });
});

describe('a script', () => {
  it('streams raw text in column order and tells each command', async () => {
    database = openDatabase(home.ownerUrl);
    const seen: unknown[] = [];
    const { commands } = await database.withConnection((connection) =>
      connection.script(
        `CREATE TEMP TABLE t (a int8, b text);
         INSERT INTO t VALUES (9007199254740993, NULL), (2, 'x');
         SELECT a, b, a AS a FROM t;
         SELECT 1.10::numeric WHERE false;
         UPDATE t SET b = 'y'`,
        {
          onColumns: (index, columns) =>
            seen.push([index, ...columns.map(({ name, typeOid }) => [name, typeOid])]),
          onRow: (values) => seen.push(values),
        },
      ),
    );
    expect(commands).toEqual([
      { command: 'CREATE TABLE', rowCount: null },
      { command: 'INSERT', rowCount: 2 },
      { command: 'SELECT', rowCount: 2 },
      { command: 'SELECT', rowCount: 0 },
      { command: 'UPDATE', rowCount: 2 },
    ]);
    expect(seen).toEqual([
      [2, ['a', 20], ['b', 25], ['a', 20]],
      ['9007199254740993', null, '9007199254740993'],
      ['2', 'x', '2'],
      [3, ['numeric', 1700]],
    ]);
  });

  it('of nothing but comments completes nothing', async () => {
    database = openDatabase(home.ownerUrl);
    expect(await database.withConnection((connection) => connection.script('-- nothing\n;'))).toEqual({
      commands: [],
    });
  });

  it('fails with the statement, the position in characters and the words of the server', async () => {
    database = openDatabase(home.ownerUrl);
    await database.withConnection(async (connection) => {
      const text = `SELECT '👍'; SELECT missing`;
      const error = await failure(connection.script(text));
      expect(error).toBeInstanceOf(SqlError);
      if (!(error instanceof SqlError)) return;
      expect(error).toMatchObject({ kind: 'sql', sqlState: '42703', statementIndex: 1 });
      expect([...text].slice((error.fields.position ?? 0) - 1).join('')).toBe('missing');
      const raised = await failure(
        connection.script(
          `SELECT 1; DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'd', HINT = 'h', TABLE = 't', CONSTRAINT = 'c'; END $$`,
        ),
      );
      expect((raised as SqlError).fields).toMatchObject({
        message: 'no',
        detail: 'd',
        hint: 'h',
        table: 't',
        constraint: 'c',
        severity: 'ERROR',
      });
      expect((raised as SqlError).fields.where).toMatch(/inline_code_block line 1 at RAISE/);
      expect(await connection.query('SELECT 1 AS one')).toEqual([{ one: '1' }]);
    });
  });

  it('hears notices', async () => {
    database = openDatabase(home.ownerUrl);
    const heard: string[] = [];
    await database.withConnection((connection) =>
      connection.script(`DO $$ BEGIN RAISE NOTICE 'half way'; END $$`, {
        onNotice: (severity, message) => heard.push(`${severity}: ${message}`),
      }),
    );
    expect(heard).toEqual(['NOTICE: half way']);
  });

  it.each(['COPY t FROM STDIN', 'COPY t TO STDOUT', 'COPY (SELECT generate_series(1, 5000)) TO STDOUT'])(
    'refuses %s with an error and goes on',
    async (copy) => {
      database = openDatabase(home.ownerUrl);
      await database.withConnection(async (connection) => {
        const error = await failure(connection.script(`CREATE TEMP TABLE t (a int); ${copy}`));
        expect(error).toMatchObject({ sqlState: '0A000', statementIndex: 1 });
        await connection.script('SELECT 1');
      });
    },
  );

  it('takes no NUL character', async () => {
    database = openDatabase(home.ownerUrl);
    await database.withConnection(async (connection) => {
      expect(await failure(connection.script('SELECT 1\0; DROP'))).toMatchObject({ sqlState: '22021' });
      expect(await failure(connection.query('SELECT $1', ['a\0']))).toMatchObject({ sqlState: '22021' });
    });
  });

  it('leaves out a row that is too large for memory, and keeps the others', async () => {
    database = openDatabase(home.ownerUrl);
    const rows: number[] = [];
    const left: number[] = [];
    await database.withConnection((connection) =>
      connection.script(`SELECT repeat('x', n) FROM unnest(ARRAY[3, 40000000, 5]) AS n`, {
        onRow: ([value]) => rows.push(value?.length ?? -1),
        onRowTooLarge: (bytes) => left.push(bytes),
      }),
    );
    expect(rows).toEqual([3, 5]);
    expect(left).toEqual([40_000_000 + 11]);
  });

  it('passes half a gigabyte of rows through without keeping it', async () => {
    database = openDatabase(home.ownerUrl);
    let count = 0;
    let most = 0;
    const before = process.memoryUsage().rss;
    await database.withConnection((connection) =>
      connection.script(`SELECT repeat('x', 10000) FROM generate_series(1, 50000)`, {
        onRow: () => {
          count += 1;
          if (count % 1000 === 0) most = Math.max(most, process.memoryUsage().rss);
        },
      }),
    );
    expect(count).toBe(50_000);
    expect(most - before).toBeLessThan(250_000_000);
  });

  it('ends the session when a handler throws', async () => {
    database = openDatabase(home.ownerUrl);
    await database.withConnection(async (connection) => {
      const error = await failure(
        connection.script('SELECT 1', {
          onRow: () => {
            throw new RangeError('mine');
          },
        }),
      );
      expect(error).toBeInstanceOf(RangeError);
      expect(await failure(connection.script('SELECT 1'))).toMatchObject({ kind: 'lost' });
    });
  });
});

describe('a pool', () => {
  it('uses a connection again, with nothing left on it', async () => {
    database = openDatabase(home.ownerUrl, { maxConnections: 1 });
    const first = await database.withConnection(async (connection) => {
      await connection.script(
        `SET search_path = pg_catalog; SET TimeZone = 'Asia/Tokyo'; SET ROLE pg_monitor; CREATE TEMP TABLE left_over ();
         SELECT pg_advisory_lock(7); PREPARE p AS SELECT 1; LISTEN l; SELECT set_config('my.setting', 'x', false)`,
      );
      return connection.backendPid;
    });
    await database.withConnection(async (connection) => {
      expect(connection.backendPid).toBe(first);
      const [row] = await connection.query(
        `SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone,
                current_user = session_user AS myself, to_regclass('left_over') AS temp,
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
                (SELECT count(*) FROM pg_prepared_statements WHERE name = 'p') AS prepared,
                (SELECT count(*) FROM pg_listening_channels()) AS listening,
                current_setting('my.setting', true) AS mine, current_setting('idle_session_timeout') AS timeout`,
      );
      expect(row).toEqual({
        path: '"$user", public',
        zone: 'UTC',
        myself: 't',
        temp: null,
        locks: '0',
        prepared: '0',
        listening: '0',
        mine: '',
        timeout: '1min',
      });
    });
  });

  it.each([
    ['in a transaction', 'BEGIN'],
    ['in a failed transaction', 'BEGIN; SELECT 1/0'],
    ['after a timeout', `SET statement_timeout = 20; SELECT pg_sleep(60)`],
  ])('gives no connection out again that was left %s', async (_, script) => {
    database = openDatabase(home.ownerUrl, { maxConnections: 1 });
    const first = await database.withConnection(async (connection) => {
      await connection.script(script).catch(() => {});
      return connection.backendPid;
    });
    const second = await database.withConnection(async (connection) => connection.backendPid);
    expect(second).not.toBe(first);
  });

  it('opens no more connections than its budget, and says so when one must wait too long', async () => {
    database = openDatabase(home.ownerUrl, { maxConnections: 1, connectTimeoutMs: 700 });
    await database.withConnection(async () => {
      const error = await failure(database.withConnection(async () => {}));
      expect(error).toMatchObject({ kind: 'away' });
      expect(error.message).toMatch(/has all its 1 connections in use, and none became free within 0.7 s/);
    });
  });

  it('closes what nobody uses, and everything when it is closed', async () => {
    const name = `closing-${home.name}`;
    database = openDatabase(`${home.ownerUrl}&application_name=${name}`, { idleCloseMs: 100 });
    const watch = openDatabase(home.ownerUrl);
    const count = () =>
      watch.withConnection(async (connection) => {
        const [row] = await connection.query(
          'SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1',
          [name],
        );
        return row?.['n'];
      });
    await database.withConnection(async () => expect(await count()).toBe('1'));
    await expect.poll(count, { timeout: 10_000 }).toBe('0');
    await database.withConnection(async () => {});
    await database.close();
    await expect.poll(count, { timeout: 10_000 }).toBe('0');
    await expect(database.withConnection(async () => {})).rejects.toThrow(/was closed/);
    await watch.close();
  });
});

describe('a cancel', () => {
  it.each([
    ['over TLS', () => openDatabase(home.url, { tokens: realTokens() })],
    ['over a Unix socket', () => openDatabase(home.ownerUrl)],
  ])('%s ends the running statement, and the connection is not used again', async (_, open) => {
    database = open();
    const first = await database.withConnection(async (connection) => {
      const running = failure(connection.script('SELECT pg_sleep(60)'));
      await sleep(200);
      await connection.cancel();
      expect(await running).toMatchObject({ sqlState: '57014', kind: 'sql' });
      await connection.script('SELECT 1');
      return connection.backendPid;
    });
    const second = await database.withConnection(async (connection) => connection.backendPid);
    expect(second).not.toBe(first);
  });
});

describe('a connection that breaks', () => {
  it('while it is used is lost, with the reason of the server', async () => {
    database = openDatabase(home.ownerUrl);
    const other = openDatabase(home.ownerUrl);
    const error = await failure(
      database.withConnection(async (connection) => {
        const running = failure(connection.script('SELECT pg_sleep(60)'));
        await sleep(100);
        await other.withConnection((killer) =>
          killer.query('SELECT pg_terminate_backend($1::int)', [String(connection.backendPid)]),
        );
        throw await running;
      }),
    );
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ kind: 'lost', sqlState: '57P01' });
    await other.close();
  });

  it('while nobody uses it is replaced without anybody noticing', async () => {
    database = openDatabase(home.ownerUrl, { maxConnections: 1 });
    const other = openDatabase(home.ownerUrl);
    const first = await database.withConnection(async (connection) => connection.backendPid);
    await sleep(100);
    await other.withConnection((killer) =>
      killer.query('SELECT pg_terminate_backend($1::int)', [String(first)]),
    );
    await sleep(100);
    const second = await database.withConnection(async (connection) => {
      await connection.query('SELECT 1');
      return connection.backendPid;
    });
    expect(second).not.toBe(first);
    await other.close();
  });

  it('while its work does something else is found by the next statement', async () => {
    database = openDatabase(home.ownerUrl);
    const other = openDatabase(home.ownerUrl);
    const error = await failure(
      database.withConnection(async (connection) => {
        await connection.script('BEGIN');
        await other.withConnection((killer) =>
          killer.query('SELECT pg_terminate_backend($1::int)', [String(connection.backendPid)]),
        );
        await sleep(100);
        await connection.script('COMMIT');
      }),
    );
    expect(error).toMatchObject({ kind: 'lost' });
    await other.close();
  });
});

it('neither a database nor an error shows a password or a token', async () => {
  const tokens = realTokens();
  const { token } = await tokens.token();
  database = openDatabase(home.url, { tokens });
  const printed = await database.withConnection(async (connection) => {
    const error = await failure(connection.script('SELECT 1/0'));
    return inspect([connection, error, database], { depth: 20 });
  });
  expect(printed).not.toContain(token);
  const refused = openDatabase(home.url.replace('nightshift-app', 'nightshift-app:hidden-word'));
  const error = await failure(refused.withConnection(async () => {}));
  expect(error).toMatchObject({ kind: 'refused', sqlState: '28P01' });
  expect(inspect([error, refused], { depth: 20 })).not.toContain('hidden-word');
  await refused.close();
});
