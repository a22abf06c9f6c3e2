import { randomBytes } from 'node:crypto';
import { QueueServiceClient } from '@azure/storage-queue';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type HostProcess, startHostProcess } from '../../local/functionsHost/hostProcess.ts';
import { appSettings, buildApp } from '../support/builtApp.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { countMessages, type TakenMessage, takeMessages } from '../support/queues.ts';

/**
 * Whole workers that end: killed, and replaced by a newer build. Faults within a run stand in scenarios.test.ts. Jobs
 * wait where a test's advisory lock bars the way; a run says which build has made it.
 */
const BARRIER = 4712;
const made = (by: string, wait = '') =>
  `-- ---
-- overlap: parallel
-- retry: { attempts: 3, backoff: 1s, maxBackoff: 1s }
-- ---
INSERT INTO effects VALUES (nightshift.run_id(), '${by}');
${wait}
SELECT '${by}' AS build;`;
const WAITS = `SELECT pg_advisory_xact_lock_shared(${BARRIER});`;

let database: TestDatabase;
let owner: pg.Client;
let service: QueueServiceClient;
let before: Awaited<ReturnType<typeof buildApp>>;
let after: Awaited<ReturnType<typeof buildApp>>;

beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE effects (run_id text, build text); GRANT ALL ON effects TO PUBLIC');
  service = QueueServiceClient.fromConnectionString(inject('parts').storage);
  before = await buildApp({ work: made('before'), waits: made('before', WAITS), old: made('before') });
  after = await buildApp({ work: made('after'), waits: made('after', WAITS), new: made('after') });
});
afterAll(async () => {
  await before.remove();
  await after.remove();
  await owner.end();
  await database.drop();
});

/** One app's queues, and the workers on them. */
async function app() {
  const prefix = `deploy-${randomBytes(6).toString('hex')}`;
  const queues = { jobs: `${prefix}-jobs`, queries: `${prefix}-queries`, results: `${prefix}-results` };
  for (const queue of Object.values(queues)) await service.createQueue(queue);
  const lines: string[] = [];
  const hosts: HostProcess[] = [];
  const events: TakenMessage[] = [];
  return {
    queues,
    lines,
    async start(build: typeof before): Promise<HostProcess> {
      const host = await startHostProcess({
        appDirectory: build.directory,
        env: appSettings(database, queues),
        lockSeconds: 2,
        onLine: (line) => lines.push(line),
      });
      hosts.push(host);
      return host;
    },
    send: (body: unknown) => service.getQueueClient(queues.jobs).sendMessage(JSON.stringify(body)),
    /** Every event so far, once there are `count`. */
    async told(count: number) {
      await expect
        .poll(
          async () => {
            events.push(...(await takeMessages(service, queues.results)));
            return events.length;
          },
          { timeout: 40_000, interval: 100, message: lines.join('\n') },
        )
        .toBeGreaterThanOrEqual(count);
      return events.map(({ json }) => json);
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()));
      for (const queue of Object.values(queues)) await service.deleteQueue(queue);
    },
  };
}

const waiting = () =>
  expect
    .poll(
      async () =>
        (await owner.query("SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")).rowCount,
      { timeout: 20_000 },
    )
    .toBe(1);
const effects = async (runId: string) =>
  (await owner.query('SELECT build FROM effects WHERE run_id = $1', [runId])).rows;

test('a killed process: its run is done once, by another, which says what happened', async () => {
  const killed = await app();
  await owner.query('SELECT pg_advisory_lock($1)', [BARRIER]);
  const first = await killed.start(before);
  await killed.send({ job: 'waits', runId: 'killed' });
  await waiting();
  first.kill();
  await first.exited;
  await owner.query('SELECT pg_advisory_unlock($1)', [BARRIER]);

  await killed.start(before);
  const [event] = await killed.told(1);
  expect(event).toMatchObject({
    type: 'nightshift.run.succeeded',
    data: { runId: 'user:killed', attempt: 2, errors: [{ attempt: 1, sqlState: null }] },
  });
  expect(await effects('user:killed')).toEqual([{ build: 'before' }]);
  const { rows } = await owner.query("SELECT crashes FROM nightshift.runs WHERE run_id = 'user:killed'");
  expect(rows).toEqual([{ crashes: 1 }]);
  await killed.stop();
});

test('a rolling deployment: the old workers drain while the new build, with another catalog, starts', async () => {
  const rolling = await app();
  const old = await rolling.start(before);
  const batch = async (step: string) => {
    for (let n = 0; n < 8; n += 1) await rolling.send({ job: 'work', runId: `${step}-${n}` });
  };
  await batch('old alone');

  // Of the newer catalog, and met by the old worker: it is not the old one's to judge.
  const planned = {
    runId: 'schedule:new@2026-01-01T00:00:00Z/main',
    attempt: 1,
    deferrals: 0,
    catalog: 'newer',
  };
  await rolling.send({ job: 'new', nightshift: planned });
  await expect
    .poll(() => rolling.lines.filter((line) => line.includes(planned.runId)).length, { timeout: 20_000 })
    .toBe(1);

  // In the middle of a run when it is asked to go: it hands the run back.
  await owner.query('SELECT pg_advisory_lock($1)', [BARRIER]);
  await rolling.send({ job: 'waits', runId: 'underway' });
  await waiting();

  const successor = rolling.start(after);
  await batch('both');
  await successor;
  const drained = old.stop();
  await batch('new alone');
  await drained;
  expect(await old.exited).toBe(0);
  await owner.query('SELECT pg_advisory_unlock($1)', [BARRIER]);
  await rolling.send({ job: 'new', runId: 'after' });

  const events = await rolling.told(26);
  expect(events.map(({ type }) => type)).toEqual(Array(26).fill('nightshift.run.succeeded'));
  const ids = events.map(({ data }) => data.runId);
  expect(new Set(ids).size).toBe(26);
  for (const { data } of events) expect(await effects(data.runId)).toEqual([{ build: data.rows[0][0] }]);

  const builds = new Set(events.map(({ data }) => data.rows[0][0]));
  expect(builds).toEqual(new Set(['before', 'after']));
  expect(events.find(({ data }) => data.runId === 'user:underway')?.data).toMatchObject({
    attempt: 2,
    rows: [['after']],
  });
  // What was planned by the newer catalog waits for a minute, and is no dead letter.
  expect(await countMessages(service, rolling.queues.jobs)).toBeGreaterThanOrEqual(1);
  await rolling.stop();
});
