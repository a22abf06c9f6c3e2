import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHostProcess } from '../../local/functionsHost/hostProcess.ts';
import { QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { buildApp, type RunningApp, startApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

let database: TestDatabase;
let built: Awaited<ReturnType<typeof buildApp>>;
let app: RunningApp;

beforeAll(async () => {
  database = await testDatabase();
  built = await buildApp({
    report:
      "-- ---\n-- parameters: { of: { type: integer, default: 1 } }\n-- ---\nSELECT nightshift.parameter('of')::bigint AS given;",
    'every-second':
      "-- ---\n-- schedule: '* * * * * *'\n-- ---\nSELECT nightshift.scheduled_for() AS due, clock_timestamp() AS at;",
  });
  app = await startApp(built.directory, database, {
    QUERY_DATABASE_URL: database.queryUrl,
    QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
  });
});
afterAll(async () => {
  await app.stop();
  await built.remove();
  await database.drop();
});

test.each([
  ['JSON', '{"job":"report"}'],
  ['a bare name', 'report'],
  ['base64 of JSON', Buffer.from('{"job":"report"}').toString('base64')],
])('a message as %s is run, as a managed identity, and told in base64', async (_, text) => {
  const id = await app.send(app.queues.jobs, text);
  const [event] = await app.results(1);
  expect(event?.json).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { runId: `message:${id}`, rows: [['1']] },
  });
});

test('a big integer in a message keeps its digits', async () => {
  await app.send(app.queues.jobs, '{"job":"report","parameters":{"of":9007199254740993}}');
  const [event] = await app.results(1);
  expect(event?.json.data.rows).toEqual([['9007199254740993']]);
});

test('an ad-hoc query is answered, by the identity of its own', async () => {
  await app.send(
    app.queues.queries,
    JSON.stringify({ queryId: 'q', sql: 'SELECT current_user::text, $1::bigint AS n', parameters: [7] }),
  );
  const [event] = await app.results(1);
  expect(event?.json).toMatchObject({
    type: 'nightshift.query.succeeded',
    data: { queryId: 'q', rows: [['nightshift-query', '7']] },
  });
});

test('a query that writes, or returns no rows, is refused', async () => {
  await app.send(app.queues.queries, JSON.stringify({ sql: 'CREATE TABLE public.x (a int)' }));
  const [event] = await app.results(1);
  expect(event?.json).toMatchObject({ type: 'nightshift.query.failed' });
});

test('what cannot be read is rejected, told, and not seen on the poison queue', async () => {
  await app.send(app.queues.jobs, 'no such thing!');
  const [event] = await app.results(1);
  expect(event?.json).toMatchObject({ type: 'nightshift.run.rejected' });
  const poison = app.service.getQueueClient(`${app.queues.jobs}-poison`);
  expect(await poison.exists()).toBe(false);
});

test('a message in the poison queue is kept and told', async () => {
  const poison = app.service.getQueueClient(`${app.queues.jobs}-poison`);
  await poison.createIfNotExists();
  await poison.sendMessage('{"job":"report","runId":"dead"}');
  const [event] = await app.results(1);
  expect(event?.json).toMatchObject({ type: 'nightshift.run.deadlettered', data: { runId: 'user:dead' } });
});

test('a schedule of seconds runs each of its occurrences once, on its second', async () => {
  const scheduled = await startApp(built.directory, database, { TICK_SCHEDULE: '*/2 * * * * *' });
  const events = await scheduled.results(6);
  await scheduled.stop();
  const due = events.map(({ json }) => json.data.scheduledFor);
  expect(new Set(due).size).toBe(due.length);
  for (const { json } of events) {
    expect(json).toMatchObject({ type: 'nightshift.run.succeeded', data: { job: 'every-second' } });
    expect(json.data.runId).toBe(
      `schedule:every-second@${json.data.scheduledFor.replace('.000Z', 'Z')}/main`,
    );
    expect(json.data.lateness).toBeGreaterThanOrEqual(0);
  }
});

test('bad settings are told as themselves, all at once, and no message is taken for them', async () => {
  const lines: string[] = [];
  const start = startHostProcess({
    appDirectory: built.directory,
    env: {
      DATABASE_URL: 'postgresql://secret:word@',
      AZURE_CLIENT_ID: 'x',
      JobsStorage: '',
      JobsStorage__queueServiceUri: '',
    },
    onLine: (line) => lines.push(line),
  });
  await expect(start).rejects.toThrow();
  const told = lines.join('\n');
  for (const setting of ['DATABASE_URL', 'AZURE_CLIENT_ID', 'JobsStorage']) expect(told).toContain(setting);
  expect(told).not.toContain('word');
});

test('a functionTimeout in the settings that a job would outlast is refused when the app starts', async () => {
  const start = startApp(built.directory, database, { AzureFunctionsJobHost__functionTimeout: '00:05:00' });
  await expect(start).rejects.toThrow(
    /AzureFunctionsJobHost__functionTimeout: leaves jobs at most 240 s.*report has a timeout of 600 s/,
  );
});
