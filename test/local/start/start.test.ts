/** `npm start`, as whoever has just cloned the project meets it. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyProject } from './projectCopy.ts';
import { findParts, isAnythingLeft, type StackParts } from './stackParts.ts';
import { type StartedProgram, startIn } from './startedProgram.ts';

// Each of these starts everything, some twice; the machine may be busy with other tests.
const TIMEOUT_MS = 120_000;

let project: Awaited<ReturnType<typeof copyProject>>;
let running: StartedProgram[];
beforeEach(async () => {
  running = [];
  project = await copyProject();
});
afterEach(async () => {
  for (const { child, ended } of running) {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  }
  await project.remove();
});

const job = (name: string) => join(project.directory, 'jobs', `${name}.sql`);

function run(program: string, ...args: string[]): StartedProgram {
  const started = startIn(project.directory, program, args);
  running.push(started);
  return started;
}

const start = (...args: string[]) => run(process.execPath, 'local/start.ts', ...args);

/** Waits until it says this; at once over when it ends instead. */
async function untilItSays(text: string, { said, ended }: StartedProgram): Promise<void> {
  const over = ended.then((code) => {
    throw new Error(`It ended (${code}) before it said "${text}":\n${said()}`);
  });
  const told = expect.poll(said, { timeout: TIMEOUT_MS, interval: 20 }).toContain(text);
  await Promise.race([told, over]);
  over.catch(() => {});
}

async function untilUp(started: StartedProgram): Promise<StackParts> {
  await untilItSays('Ctrl-C ends it all', started);
  return findParts(project.directory);
}

const expectNothingLeft = (parts: StackParts) =>
  expect.poll(() => isAnythingLeft(parts), { timeout: 15_000 }).toBe(false);

describe('--once', () => {
  test('shows a job and a query, from message to event, and succeeds', { timeout: TIMEOUT_MS }, async () => {
    const { said, ended } = start('--once');
    expect([await ended, said()]).toEqual([0, expect.stringContaining('nightshift.run.succeeded')]);
    expect(said()).toMatch(
      /job nightly-order-totals for \d{4}-\d\d-\d\d 02:00 Europe\/Berlin {2}-> nightshift-jobs/,
    );
    expect(said()).toMatch(/INSERT \d+, DELETE 0, SELECT 1/);
    expect(said()).toContain('nightshift.query.succeeded');
    expect(said()).not.toMatch(/warning|error/i);
    expect(existsSync(join(project.directory, '.nightshift', 'stack.json'))).toBe(false);
  });

  test('fails when the job fails, and says why', { timeout: TIMEOUT_MS }, async () => {
    const sql = (await readFile(job('nightly-order-totals'), 'utf8')).replace(
      /INSERT INTO order_totals /,
      'INSERT INTO missing ',
    );
    await writeFile(job('nightly-order-totals'), sql);
    const { said, ended } = start('--once');
    expect([await ended, said()]).toEqual([1, expect.stringContaining('relation "missing" does not exist')]);
    expect(said()).toContain('nightshift.run.failed');
  });

  test('fails when the jobs cannot be built, with all that is wrong with them', {
    timeout: TIMEOUT_MS,
  }, async () => {
    await writeFile(job('one'), '-- ---\n-- shedule: "@daily"\n-- ---\nSELECT 1;\n');
    await writeFile(job('two'), '-- only a comment\n');
    const { said, ended } = start('--once');
    expect([await ended, said()]).toEqual([
      1,
      expect.stringContaining('jobs/one.sql:2:4: Unknown key "shedule"'),
    ]);
    expect(said()).toContain('jobs/two.sql:1:');
  });
});

test('it takes changed jobs over, keeps the old ones when the new are wrong, and ends on Ctrl-C', {
  timeout: TIMEOUT_MS,
}, async () => {
  const started = start();
  const { child, said, ended } = started;
  const parts = await untilUp(started);
  expect(parts.ports.length).toBeGreaterThanOrEqual(4);

  await writeFile(job('broken'), 'SELEC 1;\n');
  await untilItSays('The app goes on with the jobs as they were.', started);
  expect(said()).toContain('jobs/broken.sql:1:1:');

  await writeFile(job('broken'), `SELECT 'mended' AS state;\n`);
  await untilItSays('the app runs the jobs as they are now', started);
  const command = run(process.execPath, 'dist/cli.js', 'run', 'broken', '--wait');
  expect([await command.ended, command.said()]).toEqual([0, expect.stringContaining('mended')]);

  const stopped = performance.now();
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(5000);
  await expectNothingLeft(parts);
});

test('killed, it leaves nothing behind, and can be started again at once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const first = start();
  const parts = await untilUp(first);
  first.child.kill('SIGKILL');
  await first.ended;

  const second = start();
  const others = await untilUp(second);
  // The second one may have the same ports.
  await expectNothingLeft({ ...parts, ports: [] });
  expect(others.folder).not.toBe(parts.folder);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
});

test('when the npm that started it is killed, it ends as well', { timeout: TIMEOUT_MS }, async () => {
  const npm = run('npm', 'start');
  const parts = await untilUp(npm);
  npm.child.kill('SIGKILL');
  await expectNothingLeft(parts);
});

test('Ctrl-C while it is still starting ends it, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
  const started = start();
  await untilItSays('started', started);
  const parts = await findParts(project.directory);
  started.child.kill('SIGINT');
  expect(await started.ended).toBe(130);
  await expectNothingLeft(parts);
});

test('--help says what there is, and an unknown option is told', async () => {
  const help = start('--help');
  expect(await help.ended).toBe(0);
  expect(help.said()).toContain('npm start -- --once');
  const wrong = start('--twice');
  expect(await wrong.ended).not.toBe(0);
  expect(wrong.said()).toContain('--twice');
});
