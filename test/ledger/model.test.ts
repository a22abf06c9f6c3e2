import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { explore } from './model/explore.ts';
import { type Budget, makeWorld, type World } from './model/world.ts';
import { type Session, type Sessions, sessionsOf } from './session.ts';

let database: TestDatabase;
let owner: pg.Client;
let sessions: Sessions;
beforeAll(async () => {
  database = await testDatabase();
  owner = new pg.Client(database.ownerUrl);
  await owner.connect();
  await owner.query('CREATE TABLE public.effects (run_id text); GRANT ALL ON public.effects TO PUBLIC');
  sessions = sessionsOf(database, owner);
});
afterAll(async () => {
  await sessions.closeAll();
  await owner.end();
  await database.drop();
});

/** Nothing more goes wrong: the workers finish, the queue is emptied, and ticks come as they do. */
async function comeToRest(world: World): Promise<void> {
  const [first] = world.workers;
  for (let round = 0; round < 30; round += 1) {
    for (const worker of world.workers) {
      for (let [step] = worker.next(); step !== undefined; [step] = worker.next()) await worker.do(step);
    }
    // Whoever held a message and went away without deleting it has lost it.
    for (const message of world.queue) message.holder = null;
    const [message] = world.queue;
    if (message !== undefined) {
      message.holder = first;
      first.receive(message.attempt);
      continue;
    }
    const { event, published } = await world.standing();
    if (event !== null && published) return;
    await world.tick();
  }
  throw new Error('The run does not come to an end.');
}

async function holdsItsPromise(world: World, path: readonly string[]): Promise<void> {
  const told = `after: ${path.join(' > ')}`;
  await comeToRest(world);
  const { state, event, effects } = await world.standing();
  expect(state, told).toMatch(/^(succeeded|failed)$/);
  expect(effects, told).toBe(state === 'succeeded' ? 1 : 0);
  expect(world.told.length, told).toBeGreaterThan(0);
  for (const bytes of world.told) expect(bytes.toString(), told).toBe(event?.toString());
}

/** Some 20 s by default; NIGHTSHIFT_MODEL=long takes one more trouble into each way, and many minutes. */
const budgets: Budget[] =
  process.env['NIGHTSHIFT_MODEL'] === 'long'
    ? [{ trouble: 3, failures: 1 }]
    : [
        { trouble: 2, failures: 0 },
        { trouble: 1, failures: 1 },
      ];

test.each(budgets)(
  'two workers, $trouble troubles and $failures failures, in whatever order: one effect, one outcome, told',
  async (budget) => {
    const spare: Session[] = [];
    const explored = await explore(() => makeWorld(owner, sessions, spare, budget), holdsItsPromise);
    console.info(`${explored.states} states, ${explored.steps} steps in ${explored.walks} walks`);
    expect(explored.states).toBeGreaterThan(100);
  },
  3_600_000,
);
