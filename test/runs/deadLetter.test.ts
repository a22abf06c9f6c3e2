import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { confirmRedrive, listDeadLetters } from '../../src/lib/ledger/deadLetters.ts';
import { receiveDeadLetter } from '../../src/lib/runs/receiveDeadLetter.ts';
import { redriveOf } from '../../src/lib/runs/redrive.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { sweep } from '../../src/lib/schedule/sweep.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { freePort } from '../support/freePort.ts';
import { job, jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  worker = await testWorker(database, [
    await job('one', 'SELECT 1 AS one;'),
    await jobWith(
      'again',
      'retry: { attempts: 3, backoff: 1h, maxBackoff: 2h }',
      "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$;",
    ),
    await jobWith(
      'dated',
      'parameters: { day: { type: date, default: yesterday } }',
      "SELECT nightshift.parameter('day') AS day;",
    ),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});

const poison = (body: unknown) =>
  received(worker, body, { queue: `${worker.queues.jobs}-poison`, dequeueCount: 1 });
const letters = () => worker.home.withConnection((connection) => listDeadLetters(connection, { limit: 10 }));
const stateOf = async (runId: string) =>
  (await owner.query('SELECT state FROM nightshift.runs WHERE run_id = $1', [runId])).rows[0]?.state;

test('a run that the host gave up ends as a dead letter, kept and told once with one id', async () => {
  const message = poison({ job: 'one', runId: 'given-up' });
  await receiveDeadLetter(worker, message);
  await receiveDeadLetter(worker, message);
  const [first, second] = await worker.results();
  expect(first?.json).toMatchObject({
    type: 'nightshift.run.deadlettered',
    id: 'user:given-up/deadlettered',
  });
  expect(second?.bytes.equals(first?.bytes ?? Buffer.of())).toBe(true);
  expect(await stateOf('user:given-up')).toBe('deadlettered');
  expect((await letters()).filter((letter) => letter.messageId === message.id)).toHaveLength(1);
});

test('a run that has ended by then is told as it ended, and is no dead letter', async () => {
  await runJob(worker, received(worker, { job: 'one', runId: 'done' }));
  await worker.results();
  const message = poison({ job: 'one', runId: 'done' });
  await receiveDeadLetter(worker, message);
  const [event] = await worker.results();
  expect(event?.json.type).toBe('nightshift.run.succeeded');
  expect((await letters()).filter((letter) => letter.messageId === message.id)).toEqual([]);
});

test('a run that waits for its next attempt is left to it', async () => {
  await runJob(worker, received(worker, { job: 'again', runId: 'waits' }));
  await receiveDeadLetter(worker, poison({ job: 'again', runId: 'waits' }));
  expect(await worker.results()).toEqual([]);
  expect(await stateOf('user:waits')).toBe('waiting');
});

test('a dead letter waits on its queue, as it came, while the database is away', async () => {
  const url = `postgresql://nightshift-app@127.0.0.1:${await freePort()}/x?sslmode=disable`;
  const away = await testWorker({ ...database, url }, []);
  const sent: unknown[] = [];
  const recording = {
    ...away,
    sender: { send: async (...call: unknown[]) => void sent.push(call) },
  };
  const message = poison(Buffer.from('{"job": broken, ä'));
  await receiveDeadLetter(recording, message);
  expect(sent).toEqual([[message.queue, message.body, { delaySeconds: 300, asReceived: true }]]);
  await away.close();
});

test('a redrive is a run of its own, linked to the old one, and the same until it is confirmed', async () => {
  const message = poison({ job: 'dated', runId: 'old' });
  await receiveDeadLetter(worker, message);
  await worker.results();
  await owner.query(
    "UPDATE nightshift.dead_letters SET kept_at = '2026-03-02T12:00:00Z' WHERE message_id = $1",
    [message.id],
  );
  const letter = (await letters()).find(({ messageId }) => messageId === message.id);
  if (!letter) throw new Error('The letter was not kept.');

  for (let repeat = 0; repeat < 2; repeat += 1) {
    const redrive = redriveOf(letter, worker.queues, worker.catalog.hash);
    if (!redrive.ok) throw new Error(redrive.reason);
    expect(redrive).toMatchObject({ runId: 'user:old#r1', redriveOf: 'user:old', queue: worker.queues.jobs });
    await runJob(worker, received(worker, redrive.body));
  }
  const events = await worker.results();
  expect(events[0]?.json.data).toMatchObject({ runId: 'user:old#r1', rows: [['2026-03-01']] });
  expect(events[1]?.bytes.equals(events[0]?.bytes ?? Buffer.of())).toBe(true);
  expect(await stateOf('user:old')).toBe('deadlettered');

  await worker.home.withConnection(async (connection) => {
    expect(await confirmRedrive(connection, letter.id, 1)).toBe(true);
    expect(await confirmRedrive(connection, letter.id, 1)).toBe(false);
  });
  const confirmed = (await letters()).find(({ id }) => id === letter.id);
  expect(confirmed && redriveOf(confirmed, worker.queues, 'x')).toMatchObject({ runId: 'user:old#r2' });
});

test('a redrive that became a dead letter itself is redriven as the next one', async () => {
  const own = { runId: 'user:twice#r2', attempt: 1, deferrals: 0, redriveOf: 'user:twice', catalog: 'x' };
  const message = poison({ job: 'one', nightshift: own });
  await receiveDeadLetter(worker, message);
  const letter = (await letters()).find(({ messageId }) => messageId === message.id);
  expect(letter && redriveOf(letter, worker.queues, 'x')).toMatchObject({
    runId: 'user:twice#r3',
    redriveOf: 'user:twice#r2',
  });
});

test('what cannot be read cannot be redriven, and says so', async () => {
  const message = poison(Buffer.from('{"job":'));
  await receiveDeadLetter(worker, message);
  const letter = (await letters()).find(({ messageId }) => messageId === message.id);
  expect(letter && redriveOf(letter, worker.queues, 'x')).toMatchObject({ ok: false });
});

test('a letter that was kept and not told is told by the sweep', async () => {
  const message = poison({ job: 'one', runId: 'untold' });
  await receiveDeadLetter(worker, message);
  await worker.results();
  await worker.settle();
  await owner.query(
    "UPDATE nightshift.dead_letters SET published_at = NULL, kept_at = now() - interval '1 hour' WHERE message_id = $1",
    [message.id],
  );
  await sweep(worker);
  await sweep(worker);
  const told = (await worker.results()).map(({ json }) => json.id);
  expect(told).toEqual(['user:untold/deadlettered']);
});

test('a results queue that is gone neither loses a run nor gives it up', async () => {
  const gone = {
    ...worker,
    queues: { ...worker.queues, results: `${worker.queues.results}-gone` },
    random: () => 0,
  };
  await runJob(gone, received(worker, { job: 'one', runId: 'deaf' }));
  expect(await stateOf('user:deaf')).toBe('succeeded');
  const waiting: string[] = [];
  await expect
    .poll(async () => waiting.push(...(await worker.jobs()).map(({ json }) => json.nightshift.runId)), {
      timeout: 20_000,
    })
    .toBe(1);
  expect(waiting).toEqual(['user:deaf']);
});
