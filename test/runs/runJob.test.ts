import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { job, jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query(`
    CREATE TABLE public.effects (note text NOT NULL, at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE public.parent (id int PRIMARY KEY);
    CREATE TABLE public.child (id int REFERENCES public.parent DEFERRABLE INITIALLY DEFERRED);
    CREATE ROLE reporting_${database.name};
    GRANT reporting_${database.name} TO "nightshift-app";
    GRANT ALL ON ALL TABLES IN SCHEMA public TO "nightshift-app", reporting_${database.name}`);
  worker = await testWorker(database, [
    await jobWith(
      'note',
      'parameters: { text: { type: text, default: hello } }',
      "INSERT INTO effects VALUES (nightshift.parameter('text'));",
    ),
    await job('report', 'SELECT 9007199254740993::bigint AS big, 1.10::numeric AS n, NULL::text AS nothing;'),
    await job('broken', "INSERT INTO effects VALUES ('broken');\n\nSELECT *\n  FROM nowhere;"),
    await job(
      'check',
      "INSERT INTO effects VALUES ('check');\nDO $$\nBEGIN\n  RAISE EXCEPTION 'wrong: %', 7 USING HINT = 'look';\nEND $$;",
    ),
    await jobWith(
      'deadlock',
      'retry: { attempts: 2, backoff: 1s }',
      "INSERT INTO effects VALUES ('deadlock');\nDO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$;",
    ),
    await jobWith('slow', 'timeout: 1s', "INSERT INTO effects VALUES ('slow');\nSELECT pg_sleep(60);"),
    await jobWith(
      'loose',
      'transaction: false',
      "INSERT INTO effects VALUES ('loose ' || nightshift.attempt());\nSELECT note FROM effects WHERE note LIKE 'loose%';",
    ),
    await jobWith(
      'loose-broken',
      'transaction: false',
      "INSERT INTO effects VALUES ('first');\nSELECT 1/0;\nINSERT INTO effects VALUES ('never');",
    ),
    await jobWith('as-role', `role: reporting_${database.name}`, 'SELECT current_user::text AS me;'),
    await jobWith(
      'strict',
      'isolation: serializable',
      "SELECT current_setting('transaction_isolation') AS level;",
    ),
    await job('orphan', 'INSERT INTO child VALUES (42);'),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.query(`DROP OWNED BY reporting_${database.name}; DROP ROLE reporting_${database.name}`);
  await owner.end();
  await database.drop();
});
beforeEach(() => owner.query('TRUNCATE effects'));

const effects = async () =>
  (await owner.query('SELECT note FROM effects ORDER BY at')).rows.map(({ note }) => note);
const row = async (runId: string) =>
  (await owner.query('SELECT * FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0];

async function run(body: unknown, more = {}) {
  const message = received(worker, body, more);
  await runJob(worker, message);
  await worker.settle();
  const [event] = await worker.results();
  return { message, event: event?.json };
}

test('a message runs its job once and tells it', async () => {
  const { event } = await run({ job: 'note', runId: 'one' });
  expect(event).toMatchObject({
    specversion: '1.0',
    id: 'user:one/succeeded',
    source: '/nightshift/test',
    type: 'nightshift.run.succeeded',
    subject: 'note',
    data: {
      runId: 'user:one',
      job: 'note',
      database: 'main',
      attempt: 1,
      statements: [{ command: 'INSERT', rowCount: 1 }],
      error: null,
    },
  });
  expect(await effects()).toEqual(['hello']);
  expect(await row('user:one')).toMatchObject({
    state: 'succeeded',
    attempt: 1,
    published_at: expect.any(Date),
  });
});

test('a message that comes again changes nothing and tells the same, byte for byte', async () => {
  const message = received(worker, { job: 'note', runId: 'again' });
  await runJob(worker, message);
  await runJob(worker, message);
  await worker.settle();
  const [first, second] = await worker.results();
  expect(second?.bytes.equals(first?.bytes ?? Buffer.of())).toBe(true);
  expect(await effects()).toEqual(['hello']);
});

test('a run id that was used for something else is rejected and kept', async () => {
  await run({ job: 'note', runId: 'taken' });
  const { event, message } = await run({ job: 'note', runId: 'taken', parameters: { text: 'other' } });
  expect(event).toMatchObject({ type: 'nightshift.run.rejected', data: { problems: [{ path: 'runId' }] } });
  expect(event.data.reason).toContain('user:taken was used for something else');
  expect(await effects()).toEqual(['hello']);
  const { rows } = await owner.query('SELECT body FROM nightshift.dead_letters WHERE message_id = $1', [
    message.id,
  ]);
  expect(rows[0].body.equals(Buffer.from(message.body))).toBe(true);
});

test('rows come whole: bigint and numeric as text, null as null', async () => {
  const { event } = await run({ job: 'report' });
  expect(event.data).toMatchObject({
    columns: [
      { name: 'big', type: 'bigint' },
      { name: 'n', type: 'numeric' },
      { name: 'nothing', type: 'text' },
    ],
    rows: [['9007199254740993', '1.10', null]],
    truncated: false,
  });
});

test('an error of PostgreSQL names the line and column of the file, and nothing of the job stays', async () => {
  const { event } = await run({ job: 'broken', runId: 'broken' });
  expect(event).toMatchObject({
    type: 'nightshift.run.failed',
    data: { error: { sqlState: '42P01', file: 'jobs/broken.sql', line: 4, column: 8, retryable: false } },
  });
  expect(await effects()).toEqual([]);
  expect(await row('user:broken')).toMatchObject({ state: 'failed', failures: 1 });
});

test('an exception that a DO block raises names the line of its RAISE, with the hint', async () => {
  const { event } = await run({ job: 'check' });
  expect(event.data.error).toMatchObject({
    sqlState: 'P0001',
    message: 'wrong: 7',
    hint: 'look',
    line: 4,
    column: 3,
  });
});

test('what may pass is tried again, as the message of the next attempt, until the attempts are used up', async () => {
  const first = await run({ job: 'deadlock', runId: 'retried' });
  expect(first.event).toBeUndefined();
  expect(await row('user:retried')).toMatchObject({ state: 'waiting', attempt: 2, failures: 1 });

  // The first message once more: it is superseded and changes nothing.
  await runJob(worker, first.message);
  expect(await row('user:retried')).toMatchObject({ state: 'waiting', attempt: 2, failures: 1 });

  await owner.query("UPDATE nightshift.runs SET not_before = now() WHERE run_id = 'user:retried'");
  await expect
    .poll(async () => (await worker.jobs()).map(({ json }) => json.nightshift.attempt), { timeout: 10_000 })
    .toContain(2);
  const { event } = await run({
    job: 'deadlock',
    database: 'main',
    nightshift: { runId: 'user:retried', attempt: 2, deferrals: 0, catalog: 'test-catalog' },
  });
  expect(event).toMatchObject({
    type: 'nightshift.run.failed',
    data: {
      attempt: 2,
      error: { sqlState: '40P01', retryable: true },
      errors: [{ attempt: 1, sqlState: '40P01' }],
    },
  });
  expect(await effects()).toEqual([]);
});

test('a job over its timeout is cancelled on the server', async () => {
  const { event } = await run({ job: 'slow' });
  expect(event).toMatchObject({
    type: 'nightshift.run.failed',
    data: { error: { sqlState: '57014', file: 'jobs/slow.sql' } },
  });
  expect(event.data.error.message).toContain('the server cancelled it');
  expect(await effects()).toEqual([]);
  const { rows } = await owner.query(
    "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid() AND datname = current_database()",
  );
  expect(rows).toHaveLength(0);
});

test('without a transaction each statement stands by itself, and sees its attempt', async () => {
  const { event } = await run({ job: 'loose' });
  expect(event).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: {
      statements: [
        { command: 'INSERT', rowCount: 1 },
        { command: 'SELECT', rowCount: 1 },
      ],
      rows: [['loose 1']],
    },
  });
});

test('without a transaction a failure tells what was done before it', async () => {
  const { event } = await run({ job: 'loose-broken' });
  expect(event).toMatchObject({
    type: 'nightshift.run.failed',
    data: { statements: [{ command: 'INSERT', rowCount: 1 }], error: { sqlState: '22012', line: 5 } },
  });
  expect(await effects()).toEqual(['first']);
});

test('a job runs as its role and in its isolation', async () => {
  expect((await run({ job: 'as-role' })).event.data.rows).toEqual([[`reporting_${database.name}`]]);
  expect((await run({ job: 'strict' })).event.data.rows).toEqual([['serializable']]);
});

test('a deferred constraint fails the job, not the commit', async () => {
  const { event } = await run({ job: 'orphan' });
  expect(event).toMatchObject({ type: 'nightshift.run.failed', data: { error: { sqlState: '23503' } } });
});

test.each([
  ['an unknown job', { job: 'nite' }, 'job', 'There is no job "nite". Did you mean "note"?'],
  [
    'an unknown parameter',
    { job: 'note', parameters: { txt: 'a' } },
    'parameters.txt',
    'Did you mean "text"?',
  ],
  ['a parameter of the wrong type', { job: 'note', parameters: { text: { a: 1 } } }, 'parameters.text', ''],
  ['an unknown database', { job: 'note', database: 'maine' }, 'database', 'Did you mean "main"?'],
  [
    '__proto__ as a parameter',
    Buffer.from('{"job":"note","parameters":{"__proto__":1}}'),
    'parameters.__proto__',
    'not a possible name',
  ],
  ['no JSON', Buffer.from('{"job":'), '', 'not valid JSON'],
  ['no UTF-8', Buffer.of(0xff, 0xfe, 0x00), '', 'not UTF-8'],
  ['an empty message', Buffer.of(), '', 'empty'],
])('%s is rejected with the reason, and the message is kept', async (_, body, path, reason) => {
  const { event, message } = await run(body);
  expect(event).toMatchObject({
    type: 'nightshift.run.rejected',
    id: `message:${message.id}/rejected`,
    data: { problems: [{ path }] },
  });
  expect(event.data.reason).toContain(reason);
  const { rows } = await owner.query('SELECT body FROM nightshift.dead_letters WHERE message_id = $1', [
    message.id,
  ]);
  expect(rows[0].body.equals(Buffer.from(message.body))).toBe(true);
});

test("the app's login cannot read or write the ledger's tables, create roles or change the schema", async () => {
  const refused = async (sql: string) =>
    worker.home
      .withConnection((connection) => connection.query(sql))
      .then(
        () => 'allowed',
        (error) => error.sqlState,
      );
  expect(await refused('SELECT * FROM nightshift.runs')).toBe('42501');
  expect(await refused('DELETE FROM nightshift.dead_letters')).toBe('42501');
  expect(await refused('CREATE ROLE intruder')).toBe('42501');
  expect(await refused('CREATE TABLE nightshift.mine (a int)')).toBe('42501');
  expect(await refused('DROP FUNCTION nightshift.run_id()')).toBe('42501');
});
