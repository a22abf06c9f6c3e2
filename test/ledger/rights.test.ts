import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { claimRun } from '../../src/lib/ledger/claim.ts';
import { beginRunSql, endRun, finishRunSql } from '../../src/lib/ledger/transitions.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { claimOf } from './requests.ts';
import { type Sessions, sessionsOf } from './session.ts';

let database: TestDatabase;
let owner: pg.Client;
let sessions: Sessions;
const PASSER_BY = `passer_by_${Date.now()}`;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(`CREATE ROLE ${PASSER_BY} LOGIN`);
  sessions = sessionsOf(database, owner);
});
afterEach(() => sessions.closeAll());
afterAll(async () => {
  await owner.query(`DROP ROLE ${PASSER_BY}`);
  await owner.end();
  await database.drop();
});

/** Who may call each of the ledger's functions, and do what with its tables, as the server's own catalogs say. */
const privileges = async (role: string) =>
  (
    await owner.query(
      `SELECT (SELECT coalesce(array_agg(p.proname::text ORDER BY p.proname::text), '{}') FROM pg_proc p
               WHERE p.pronamespace = 'nightshift'::regnamespace AND has_function_privilege($1, p.oid, 'EXECUTE')) AS functions,
              (SELECT count(*)::int FROM pg_proc p WHERE p.pronamespace = 'nightshift'::regnamespace) AS all_functions,
              (SELECT coalesce(array_agg(c.relname || ' ' || act), '{}')
               FROM pg_class c, unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS act
               WHERE c.relnamespace = 'nightshift'::regnamespace AND c.relkind = 'r'
                 AND has_table_privilege($1, c.oid, act)) AS tables,
              has_schema_privilege($1, 'nightshift', 'CREATE') AS creates`,
      [role],
    )
  ).rows[0];

const READERS = ['attempt', 'parameter', 'run_id', 'scheduled_for', 'schema_version'];

describe('who may do what', () => {
  test("the app's login may call every function and touch no table", async () => {
    const { functions, all_functions, ...rest } = await privileges('nightshift-app');
    expect(functions).toHaveLength(all_functions);
    expect(rest).toEqual({ tables: [], creates: false });
  });

  test.each([
    ['the login of ad-hoc queries', () => 'nightshift-query'],
    ['anybody else', () => PASSER_BY],
  ])('%s may call only what a job reads its run with', async (_, role) => {
    const { functions, tables, creates } = await privileges(role());
    expect({ functions, tables, creates }).toEqual({ functions: READERS, tables: [], creates: false });
  });

  test('the owner of the ledger cannot log in, and nobody but an admin is a member of it', async () => {
    const { rows } = await owner.query(
      `SELECT r.rolcanlogin, r.rolsuper, r.rolcreaterole,
              ARRAY(SELECT m.member::regrole::text FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member
                    WHERE m.roleid = r.oid AND NOT u.rolsuper) AS members
       FROM pg_roles r WHERE r.rolname = 'nightshift_owner'`,
    );
    expect(rows).toEqual([{ rolcanlogin: false, rolsuper: false, rolcreaterole: false, members: [] }]);
  });

  test('every function that runs with its rights has a pinned search_path, and belongs to it', async () => {
    const { rows } = await owner.query(
      `SELECT p.proname::text FROM pg_proc p WHERE p.pronamespace = 'nightshift'::regnamespace
         AND (p.proconfig IS NULL OR NOT 'search_path=pg_catalog, pg_temp' = ANY (p.proconfig)
              OR p.proowner <> 'nightshift_owner'::regrole)`,
    );
    expect(rows).toEqual([]);
  });

  test("the app's login cannot make itself more", async () => {
    const { connection } = await sessions.session();
    const refused = (sql: string) =>
      connection.query(sql).then(
        () => 'allowed',
        (error) => error.sqlState,
      );
    for (const sql of [
      'SET ROLE nightshift_owner',
      'CREATE ROLE intruder',
      'GRANT nightshift_owner TO "nightshift-app"',
      'ALTER FUNCTION nightshift.run_id() OWNER TO "nightshift-app"',
      'CREATE FUNCTION nightshift.mine() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'ALTER TABLE nightshift.runs DISABLE TRIGGER ALL',
      'TRUNCATE nightshift.runs',
      "COPY nightshift.runs TO PROGRAM 'cat'",
    ]) {
      expect([sql, await refused(sql)]).toEqual([sql, '42501']);
    }
  });
});

describe('names that a job puts in the way', () => {
  /** Everything that the ledger's functions use by a short name, each a trap. */
  const TRAPS = `
    CREATE TEMP TABLE runs (LIKE pg_catalog.pg_class);
    CREATE TEMP TABLE pg_locks (pid int);
    CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$;
    CREATE FUNCTION pg_temp.pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
    CREATE FUNCTION pg_temp.pg_current_xact_id() RETURNS xid8 LANGUAGE sql AS $$ SELECT '1'::xid8 $$;
    CREATE FUNCTION pg_temp.decode(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT 'forged'::bytea $$;
    CREATE FUNCTION pg_temp.never(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT false $$;
    CREATE OPERATOR pg_temp.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = pg_temp.never);`;
  const EVENT = Buffer.from('the event');

  test('as temporary objects change nothing of what the ledger does', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const claim = await claimRun(connection, request);
    if (!('run' in claim)) throw new Error(claim.decision);
    await connection.script(
      `BEGIN; ${beginRunSql(claim.run, 60_000, true)} ${TRAPS} SET search_path = pg_temp, pg_catalog;
       ${finishRunSql(claim.run, EVENT)} COMMIT`,
    );
    const { rows } = await owner.query('SELECT state, event FROM nightshift.runs WHERE run_id = $1', [
      request.runId,
    ]);
    expect(rows).toEqual([{ state: 'succeeded', event: EVENT }]);
  });

  test('as a schema of its own first in the path change nothing either', async () => {
    await owner.query(
      `CREATE SCHEMA trap AUTHORIZATION "nightshift-app"; SET ROLE "nightshift-app"; ${TRAPS.replaceAll('pg_temp.', 'trap.').replaceAll('TEMP TABLE ', 'TABLE trap.')}; RESET ROLE`,
    );
    const { connection } = await sessions.session();
    const request = claimOf();
    await connection.script('SET search_path = trap, pg_catalog');
    const claim = await claimRun(connection, request);
    if (!('run' in claim)) throw new Error(claim.decision);
    expect(await endRun(connection, claim.run, 'succeeded', null, EVENT)).toBe(true);
    const { rows } = await owner.query(
      "SELECT state, event, started_at > now() - interval '1 hour' AS recent FROM nightshift.runs WHERE run_id = $1",
      [request.runId],
    );
    expect(rows).toEqual([{ state: 'succeeded', event: EVENT, recent: true }]);
  });

  test('do not reach what a job reads about its run', async () => {
    const { connection } = await sessions.session();
    const claim = await claimRun(connection, claimOf({ parameters: { day: '2026-01-01' } }));
    if (!('run' in claim)) throw new Error(claim.decision);
    await connection.script(
      `BEGIN; ${beginRunSql(claim.run, 60_000, true)} ${TRAPS}
       CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'forged'::text $$;
       SET search_path = pg_temp, pg_catalog`,
    );
    expect(
      await connection.query("SELECT nightshift.parameter('day') AS day, nightshift.attempt() AS attempt"),
    ).toEqual([{ day: '2026-01-01', attempt: '1' }]);
    await connection.script('ROLLBACK');
  });
});
