import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../src/lib/database/connection.ts';
import { type Claim, type ClaimedRun, type ClaimRequest, claimRun } from '../../src/lib/ledger/claim.ts';
import { beginRunSql, endRun, finishRunSql, retryRun, skipRun } from '../../src/lib/ledger/transitions.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { anError, claimOf } from './requests.ts';
import { type Sessions, sessionsOf } from './session.ts';

let database: TestDatabase;
let owner: pg.Client;
let sessions: Sessions;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  sessions = sessionsOf(database, owner);
});
afterEach(() => sessions.closeAll());
afterAll(async () => {
  await owner.end();
  await database.drop();
});

const EVENT = Buffer.from('{"what":"came of it, byte for byte: \u00e9"}');

const row = async ({ runId }: ClaimRequest) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

const alter = (request: ClaimRequest, assignments: string) =>
  owner.query(`UPDATE nightshift.runs SET ${assignments} WHERE run_id = $1`, [request.runId]);

async function claimed(connection: Connection, request: ClaimRequest): Promise<ClaimedRun> {
  const claim = await claimRun(connection, request);
  if (!('run' in claim)) throw new Error(`It was to be claimed, and is ${claim.decision}.`);
  return claim.run;
}

/** What a claim by another worker's session says. */
async function another(request: ClaimRequest): Promise<Claim> {
  const { connection } = await sessions.session();
  return claimRun(connection, request);
}

const begin = (run: ClaimedRun) => `BEGIN; ${beginRunSql(run, 60_000, true)}`;

const sqlStateOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error) => error.sqlState,
  );

describe('a claim', () => {
  test('of a run nobody has heard of makes its row and takes it', async () => {
    const { connection } = await sessions.session();
    const request = claimOf({ parameters: { day: '2026-01-01' }, message: '{"job":"a-job"}' });
    expect(await claimRun(connection, request)).toMatchObject({
      decision: 'claimed',
      run: { attempt: 1, failures: 0, errors: [] },
    });
    expect(await row(request)).toMatchObject({
      state: 'running',
      attempt: 1,
      crashes: 0,
      backend_pid: connection.backendPid,
      parameters: { day: '2026-01-01' },
      message: { job: 'a-job' },
      xid: null,
    });
  });

  test('of a run that another session is on is told so, and changes nothing', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    await claimed(connection, request);
    const before = await row(request);
    expect(await another(request)).toEqual({ decision: 'busy', overdue: null });
    expect(await row(request)).toEqual(before);
  });

  test('of a run that is over brings its event, byte for byte', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await connection.script(`${begin(run)} ${finishRunSql(run, EVENT)} COMMIT`);
    expect(await another(request)).toEqual({ decision: 'finished', event: EVENT });
    expect(await another(claimOf({ ...request, attempt: 7 }))).toEqual({
      decision: 'finished',
      event: EVENT,
    });
  });

  test('by the message of an attempt that is over names the next attempt and its wait', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    await retryRun(worker.connection, await claimed(worker.connection, request), anError(1), 100);
    await worker.done();
    const before = await row(request);
    const claim = await another(request);
    expect(claim).toEqual({ decision: 'superseded', attempt: 2, waitSeconds: expect.any(Number) });
    if (claim.decision === 'superseded') expect(Math.abs(claim.waitSeconds - 100)).toBeLessThan(20);
    expect(await row(request)).toEqual(before);
  });

  test('by the message of the next attempt waits for its time, by the clock of the database', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    await retryRun(worker.connection, await claimed(worker.connection, request), anError(1), 100);
    await worker.done();
    const next = claimOf({ ...request, attempt: 2 });
    expect(await another(next)).toEqual({ decision: 'early', waitSeconds: expect.any(Number) });
    expect(await row(request)).toMatchObject({ state: 'waiting', attempt: 2 });

    await alter(request, 'not_before = clock_timestamp()');
    expect(await another(next)).toMatchObject({
      decision: 'claimed',
      run: { attempt: 2, failures: 1, errors: [anError(1)] },
    });
    expect(await row(request)).toMatchObject({ state: 'running', failures: 1, crashes: 0, not_before: null });
  });

  test('of an occurrence waits for the time of the occurrence', async () => {
    const scheduledFor = new Date(Date.now() + 100_000).toISOString();
    const request = claimOf({ runId: `schedule:a-job@${scheduledFor}/main`, scheduledFor });
    expect(await another(request)).toEqual({ decision: 'early', waitSeconds: expect.any(Number) });
    expect(await row(request)).toMatchObject({ state: 'waiting', attempt: 1, first_started_at: null });
    await alter(request, 'scheduled_for = clock_timestamp()');
    expect(await another({ ...request, scheduledFor: new Date().toISOString() })).toMatchObject({
      decision: 'claimed',
      run: { attempt: 1 },
    });
  });

  test('of a run that was asked for does not: it may stand for any instant', async () => {
    const scheduledFor = new Date(Date.now() + 100_000).toISOString();
    expect(await another(claimOf({ scheduledFor }))).toMatchObject({ decision: 'claimed' });
  });

  test('with the id of another request is a conflict, whatever state that one is in', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    const impostor = claimOf({ ...request, requestHash: 'another hash' });
    expect(await another(impostor)).toEqual({ decision: 'conflict' });
    await endRun(connection, run, 'failed', anError(1), EVENT);
    const before = await row(request);
    expect(await another(impostor)).toEqual({ decision: 'conflict' });
    expect(await row(request)).toEqual(before);
  });

  test('of a run whose worker died counts a crash and the next attempt', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    await claimed(worker.connection, request);
    await worker.die();
    const claim = await another(request);
    expect(claim).toMatchObject({
      decision: 'claimed',
      run: {
        attempt: 2,
        failures: 0,
        errors: [{ attempt: 1, sqlState: null, retryable: true, message: /worker or its connection ended/ }],
      },
    });
    expect(await row(request)).toMatchObject({ state: 'running', crashes: 1, failures: 0 });
  });

  test('of a run whose worker died in the middle of its SQL finds nothing of that', async () => {
    await owner.query('CREATE TABLE public.half (n int); GRANT ALL ON public.half TO PUBLIC');
    const worker = await sessions.session();
    const request = claimOf();
    const run = await claimed(worker.connection, request);
    await worker.connection.script(`${begin(run)} INSERT INTO public.half VALUES (1)`);
    await worker.die();
    expect(await another(request)).toMatchObject({ decision: 'claimed', run: { attempt: 2 } });
    expect((await owner.query('SELECT FROM public.half')).rowCount).toBe(0);
  });

  test('of a run that too many workers died on is for ending it', async () => {
    const request = claimOf({ maxCrashes: 2 });
    for (const attempt of [1, 2, 3]) {
      const worker = await sessions.session();
      expect(await claimRun(worker.connection, request)).toMatchObject({
        decision: 'claimed',
        run: { attempt },
      });
      await worker.die();
    }
    expect(await another(request)).toMatchObject({ decision: 'crashed', run: { attempt: 4, failures: 0 } });
    expect((await row(request)).errors).toHaveLength(3);
  });

  test('by ten workers at once is one and nine', async () => {
    const request = claimOf();
    const ten = await Promise.all(Array.from({ length: 10 }, () => sessions.session()));
    const claims = await Promise.all(ten.map(({ connection }) => claimRun(connection, request)));
    expect(claims.map(({ decision }) => decision).sort()).toEqual([...Array(9).fill('busy'), 'claimed']);
  });

  test('by ten workers at once is one and nine where the database isolates strictly, too', async () => {
    await owner.query(`ALTER DATABASE ${database.name} SET default_transaction_isolation = 'serializable'`);
    try {
      for (let round = 0; round < 5; round += 1) {
        const request = claimOf();
        const ten = await Promise.all(Array.from({ length: 10 }, () => sessions.session()));
        const claims = await Promise.all(ten.map(({ connection }) => claimRun(connection, request)));
        expect(claims.map(({ decision }) => decision).sort()).toEqual([...Array(9).fill('busy'), 'claimed']);
        await sessions.closeAll();
      }
    } finally {
      await owner.query(`ALTER DATABASE ${database.name} RESET default_transaction_isolation`);
    }
  });
});

describe('a job that gives up every advisory lock', () => {
  test('in its transaction still holds its run', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await connection.script(`${begin(run)} SELECT pg_advisory_unlock_all()`);
    expect(await another(request)).toMatchObject({ decision: 'busy' });
    await connection.script(`${finishRunSql(run, EVENT)} COMMIT`);
    expect(await another(request)).toEqual({ decision: 'finished', event: EVENT });
  });

  test('outside a transaction holds its run as long as its session lives', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    const run = await claimed(worker.connection, request);
    await worker.connection.script(`${beginRunSql(run, 60_000, false)} SELECT pg_advisory_unlock_all()`);
    expect(await another(request)).toEqual({ decision: 'busy', overdue: null });
    await worker.die();
    expect(await another(request)).toMatchObject({ decision: 'claimed', run: { attempt: 2 } });
  });
});

describe('a script that ended its transaction', () => {
  test('is never run again, though its worker died', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    const run = await claimed(worker.connection, request);
    await worker.connection.script(`${begin(run)} COMMIT`);
    await worker.die();
    expect(await another(request)).toMatchObject({ decision: 'torn', run: { attempt: 2 } });
  });

  test('is not tried again, though it failed with what may pass', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await connection.script(`${begin(run)} COMMIT`);
    expect(await retryRun(connection, run, anError(1), 0)).toBe(false);
    expect(await endRun(connection, run, 'failed', anError(1), EVENT)).toBe(true);
  });
});

describe('begin_run', () => {
  const beginning = (connection: Connection, run: ClaimedRun) => sqlStateOf(connection.script(begin(run)));

  test('raises NS001 while another session holds the run, by its row or by its lock', async () => {
    const request = claimOf();
    const owning = await sessions.session();
    const run = await claimed(owning.connection, request);
    const { connection } = await sessions.session();
    expect(await beginning(connection, run)).toBe('NS001');
    await connection.script('ROLLBACK');

    await owning.connection.script(`${begin(run)} SELECT pg_advisory_unlock_all()`);
    expect(await beginning(connection, run)).toBe('NS001');
  });

  test.each([
    ['an attempt that is not the current one', "state = 'running', attempt = 2"],
    ['a run that waits', "state = 'waiting'"],
    ['a run that is over', "state = 'failed', event = 'x', finished_at = now()"],
  ])('raises NS002 for %s, and nothing after it in the batch runs', async (_, assignments) => {
    await owner.query('CREATE TABLE IF NOT EXISTS public.after (n int); GRANT ALL ON public.after TO PUBLIC');
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await alter(request, assignments);
    const batch = `${begin(run)} INSERT INTO public.after VALUES (1); COMMIT`;
    expect(await sqlStateOf(connection.script(batch))).toBe('NS002');
    await connection.script('ROLLBACK');
    expect((await owner.query('SELECT FROM public.after')).rowCount).toBe(0);
  });

  test('finds the row where it was moved to, and finish_run without what begin_run left it', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await alter(request, 'resent_at = now()');
    await connection.script(`${begin(run)} RESET ALL; ${finishRunSql(run, EVENT)} COMMIT`);
    expect(await row(request)).toMatchObject({ state: 'succeeded', event: EVENT });
  });

  test('lets the SQL take the time of its job, not of the session', async () => {
    const { connection } = await sessions.session();
    const run = await claimed(connection, claimOf());
    await connection.script('SET statement_timeout = 200');
    await connection.script(`${begin(run)} SELECT pg_sleep(0.6); ${finishRunSql(run, EVENT)} COMMIT`);
  });
});

describe('finish_run', () => {
  test.each([
    ['in another transaction', 'COMMIT; BEGIN;'],
    ['in no transaction', 'COMMIT;'],
    ['after a rollback', 'ROLLBACK; BEGIN;'],
  ])('%s than its begin_run raises NS003', async (_, between) => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    const batch = `${begin(run)} ${between} ${finishRunSql(run, EVENT)}`;
    expect(await sqlStateOf(connection.script(batch))).toBe('NS003');
    expect(await row(request)).toMatchObject({ state: 'running', event: null });
  });

  test('for another attempt raises NS003', async () => {
    const { connection } = await sessions.session();
    const run = await claimed(connection, claimOf());
    const stale = { ...run, attempt: 2 };
    expect(await sqlStateOf(connection.script(`${begin(run)} ${finishRunSql(stale, EVENT)}`))).toBe('NS003');
  });

  test('after a rollback to a savepoint is still in its transaction', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await connection.script(
      `${begin(run)} SAVEPOINT a; SELECT 1; ROLLBACK TO a; ${finishRunSql(run, EVENT)} COMMIT`,
    );
    expect(await row(request)).toMatchObject({ state: 'succeeded', event: EVENT });
  });
});

describe('a run that has moved on', () => {
  test('is not moved by the attempt that was, whatever it says', async () => {
    const request = claimOf();
    const dead = await sessions.session();
    const stale = await claimed(dead.connection, request);
    await dead.die();
    const { connection } = await sessions.session();
    const run = await claimed(connection, request);
    expect(run.attempt).toBe(stale.attempt + 1);

    const before = await row(request);
    expect(await retryRun(connection, stale, anError(1), 1)).toBe(false);
    expect(await endRun(connection, stale, 'failed', anError(1), EVENT)).toBe(false);
    expect(await skipRun(connection, stale.id, 'skipped', EVENT)).toBe(false);
    expect(await row(request)).toEqual(before);

    expect(await endRun(connection, run, 'succeeded', null, EVENT)).toBe(true);
    const ended = await row(request);
    expect(await retryRun(connection, run, anError(2), 1)).toBe(false);
    expect(await endRun(connection, run, 'failed', anError(2), Buffer.from('{}'))).toBe(false);
    expect(await row(request)).toEqual(ended);
  });

  test('is ended from another session only when its own is gone', async () => {
    const owning = await sessions.session();
    const request = claimOf();
    const run = await claimed(owning.connection, request);
    const { connection } = await sessions.session();
    let ended: boolean | null = null;
    const ending = endRun(connection, run, 'failed', anError(1), EVENT).then((moved) => {
      ended = moved;
    });
    await expect
      .poll(async () => {
        const { rows } = await owner.query('SELECT wait_event FROM pg_stat_activity WHERE pid = $1', [
          connection.backendPid,
        ]);
        return rows[0]?.wait_event;
      })
      .toBe('advisory');
    expect(ended).toBeNull();
    await owning.die();
    await ending;
    expect(ended).toBe(true);
  });
});

describe('a session past the deadline of its run', () => {
  const overdue = (request: ClaimRequest) => alter(request, "deadline = clock_timestamp() - interval '1 s'");

  test('is named to whoever finds the run busy', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    await claimed(connection, request);
    await overdue(request);
    expect(await another(request)).toEqual({
      decision: 'busy',
      overdue: { pid: String(connection.backendPid), start: expect.any(String) },
    });
  });

  test('is not the one of an earlier attempt, which has gone on to another run', async () => {
    const worker = await sessions.session();
    const request = claimOf();
    await retryRun(worker.connection, await claimed(worker.connection, request), anError(1), 0);
    await overdue(request);
    const reused = await worker.again();
    await claimed(reused.connection, claimOf());
    // Somebody looks at the run in this very moment.
    await owner.query('SELECT pg_advisory_lock(nightshift.run_lock_key($1))', [request.runId]);
    expect(await another(claimOf({ ...request, attempt: 2 }))).toEqual({ decision: 'busy', overdue: null });
    await owner.query('SELECT pg_advisory_unlock_all()');
    await reused.close();
  });

  test('that gave up its lock is named all the same', async () => {
    const { connection } = await sessions.session();
    const request = claimOf();
    const run = await claimed(connection, request);
    await connection.script(`${beginRunSql(run, 60_000, false)} SELECT pg_advisory_unlock_all()`);
    await overdue(request);
    expect(await another(request)).toMatchObject({
      decision: 'busy',
      overdue: { pid: String(connection.backendPid) },
    });
  });
});

describe('a connection that is used again', () => {
  test('holds nothing of the run before', async () => {
    const first = await sessions.session();
    const request = claimOf();
    const run = await claimed(first.connection, request);
    await first.connection.script(
      `${begin(run)} CREATE TEMP TABLE left_over (n int); PREPARE left_over AS SELECT 1; SET search_path = nowhere;
       SET timezone = 'Asia/Tokyo'; SELECT pg_advisory_lock(4711); LISTEN left_over; ${finishRunSql(run, EVENT)} COMMIT`,
    );
    const { connection, close } = await first.again();
    expect(connection.backendPid).toBe(first.connection.backendPid);
    const [left] = await connection.query(`
      SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
             (SELECT count(*) FROM pg_class WHERE relname = 'left_over') AS tables,
             (SELECT count(*) FROM pg_prepared_statements WHERE name = 'left_over') AS statements,
             (SELECT count(*) FROM pg_listening_channels()) AS channels,
             current_setting('search_path') AS path, current_setting('timezone') AS zone,
             nullif(current_setting('nightshift.run_id', true), '') AS run_id`);
    expect(left).toEqual({
      locks: '0',
      tables: '0',
      statements: '0',
      channels: '0',
      path: '"$user", public',
      zone: 'UTC',
      run_id: null,
    });
    await close();
  });
});

test('an outcome is durable whatever the session has turned off', async () => {
  const { connection } = await sessions.session();
  const settings: unknown[] = [];
  const after = async (run: ClaimedRun, transition: () => Promise<unknown>, first = '') => {
    await connection.script(`BEGIN; ${first} SET LOCAL synchronous_commit = off`);
    await transition();
    const [row] = await connection.query("SELECT current_setting('synchronous_commit') AS now");
    settings.push(row?.['now']);
    await connection.script('ROLLBACK');
    await endRun(connection, run, 'failed', null, EVENT);
  };
  const [finished, ended, retried] = [
    await claimed(connection, claimOf()),
    await claimed(connection, claimOf()),
    await claimed(connection, claimOf()),
  ];
  await after(
    finished,
    () => connection.script(finishRunSql(finished, EVENT)),
    beginRunSql(finished, 60_000, true),
  );
  await after(ended, () => endRun(connection, ended, 'failed', null, EVENT));
  await after(retried, () => retryRun(connection, retried, anError(1), 1));
  expect(settings).toEqual(['on', 'on', 'on']);
});
