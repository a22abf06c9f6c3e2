import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runJob } from '../../src/lib/runs/runJob.ts';
import { beat, receiveHeartbeat } from '../../src/lib/schedule/heartbeat.ts';
import { occurrenceMessage } from '../../src/lib/schedule/occurrenceMessage.ts';
import { watchForAbsence } from '../../src/lib/schedule/watch.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { jobWith } from '../support/jobs.ts';
import { received, type TestWorker, testWorker } from '../support/worker.ts';

let database: TestDatabase;
let owner: pg.Client;
let worker: TestWorker;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  worker = await testWorker(database, [
    await jobWith('hourly', 'schedule: "@hourly"\nstartWithin: 15m\nexpectEvery: 3h', 'SELECT 1;'),
  ]);
});
afterAll(async () => {
  await worker.close();
  await owner.end();
  await database.drop();
});
beforeEach(async () => {
  await owner.query(`TRUNCATE nightshift.runs, nightshift.occurrences, nightshift.alarms, nightshift.schedules;
    INSERT INTO nightshift.schedules (job, definition, planned_until, first_planned_at) VALUES ('hourly', 'x', now(), now())`);
});

const lastHour = () => new Date().setMinutes(0, 0, 0) - 3_600_000;
const enqueue = (scheduledFor: number) =>
  owner.query(
    "INSERT INTO nightshift.occurrences (run_id, job, database, scheduled_for) VALUES ($1, 'hourly', 'main', $2)",
    [
      `schedule:hourly@${new Date(scheduledFor).toISOString().replace('.000Z', 'Z')}/main`,
      new Date(scheduledFor),
    ],
  );
async function alarms(of: TestWorker = worker) {
  await watchForAbsence(of);
  return (await of.results()).map(({ json }) => json);
}

test('an occurrence that has not started in time is told once, and once when it has', async () => {
  await enqueue(lastHour());
  const [overdue, ...more] = await alarms();
  expect(overdue).toMatchObject({
    type: 'nightshift.job.overdue',
    subject: 'hourly',
    data: { job: 'hourly', database: 'main' },
  });
  expect(more).toEqual([]);
  expect(await alarms()).toEqual([]);

  await runJob(
    worker,
    received(
      worker,
      occurrenceMessage({ job: 'hourly', database: 'main', scheduledFor: lastHour() }, 'test-catalog'),
    ),
  );
  await worker.results();
  expect(await alarms()).toMatchObject([{ type: 'nightshift.job.recovered', data: { job: 'hourly' } }]);
  expect(await alarms()).toEqual([]);
});

test('a job whose last success is too old is told, even if nothing of it was enqueued', async () => {
  expect(await alarms()).toEqual([]);
  await owner.query("UPDATE nightshift.schedules SET first_planned_at = now() - interval '1 day'");
  const [overdue] = await alarms();
  expect(overdue).toMatchObject({ type: 'nightshift.job.overdue' });
  expect(overdue.data.reason).toContain('has never succeeded');
  await runJob(worker, received(worker, { job: 'hourly' }));
  await worker.results();
  expect(await alarms()).toMatchObject([{ type: 'nightshift.job.recovered' }]);
});

test('a database that cannot be asked is told as unknown, and what stood before still stands', async () => {
  await enqueue(lastHour());
  await alarms();
  const away = await testWorker(database, worker.catalog.jobs, {}, {});
  const gone = await testWorker({ ...database, url: database.url.replace(database.name, 'not_there') }, []);
  const half = { ...away, databases: new Map([['main', gone.home]]) };
  const [unknown, ...more] = await alarms(half);
  expect(unknown.data.reason).toMatch(/^Whether hourly runs is unknown: database main cannot be asked/);
  expect(more).toEqual([]);
  await runJob(
    worker,
    received(
      worker,
      occurrenceMessage({ job: 'hourly', database: 'main', scheduledFor: lastHour() }, 'test-catalog'),
    ),
  );
  await worker.results();
  const recovered = await alarms();
  expect(recovered.map(({ type }) => type)).toEqual(['nightshift.job.recovered', 'nightshift.job.recovered']);
  await away.close();
  await gone.close();
});

const silentFor = (minutes: number) =>
  owner.query(
    `INSERT INTO nightshift.heartbeat (last_tick) VALUES (now() - $1::interval)
     ON CONFLICT (only_row) DO UPDATE SET last_tick = excluded.last_tick`,
    [`${minutes} minutes`],
  );
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

test('ticks that have stopped are told by the message that the last one left, and by the next tick that they come again', async () => {
  const message = received(worker, {});
  await silentFor(20);
  await receiveHeartbeat(worker, message, minutesAgo(20));
  await receiveHeartbeat(worker, message, minutesAgo(20));
  const told = (await worker.results()).map(({ json }) => json);
  expect(told).toMatchObject([
    { type: 'nightshift.job.overdue', subject: '*' },
    { type: 'nightshift.job.overdue' },
  ]);
  expect(told[0].id).toBe(told[1].id);

  await beat(worker);
  expect((await worker.results()).map(({ json }) => json)).toMatchObject([
    { type: 'nightshift.job.recovered', subject: '*' },
  ]);
});

test('the message of an earlier tick says nothing, and one that comes too early waits on', async () => {
  const sent: unknown[] = [];
  const recording = { ...worker, sender: { send: async (...call: unknown[]) => void sent.push(call) } };
  const message = received(worker, {});
  await silentFor(0);
  await receiveHeartbeat(recording, message, minutesAgo(11));
  expect(sent).toEqual([]);
  await silentFor(8);
  await receiveHeartbeat(recording, message, minutesAgo(8));
  expect(sent).toMatchObject([[message.queue, message.body, { asReceived: true }]]);
});

test('ticks of seconds leave one message in five minutes', async () => {
  const sent: unknown[] = [];
  const recording = { ...worker, sender: { send: async (...call: unknown[]) => void sent.push(call) } };
  await silentFor(6);
  for (let count = 0; count < 3; count += 1) await beat(recording);
  expect(sent.length).toBeGreaterThanOrEqual(1);
  // Two where the clock goes into the next five minutes meanwhile.
  expect(sent.length).toBeLessThanOrEqual(2);
});
