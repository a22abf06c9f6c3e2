/** `npm start`, as whoever has just cloned the project meets it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyProject } from './projectCopy.ts';

// Each of these starts everything, some twice; the machine may be busy with other tests.
const TIMEOUT_MS = 120_000;

let project: Awaited<ReturnType<typeof copyProject>>;
let running: ChildProcess[];
beforeEach(async () => {
  running = [];
  project = await copyProject();
});
afterEach(async () => {
  for (const child of running) if (child.exitCode === null) child.kill('SIGKILL');
  await project.remove();
});

const job = (name: string) => join(project.directory, 'jobs', `${name}.sql`);

/** Starts local/start.ts and collects what it says. */
function start(...args: string[]): {
  child: ChildProcess;
  said: () => string;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, ['local/start.ts', ...args], {
    cwd: project.directory,
    // In npm's place stands the test: its own npm is none of the program's business.
    env: { ...process.env, npm_lifecycle_event: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  return { child, said: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function startAndWait(started = start()): Promise<Started> {
  await expect.poll(started.said, { timeout: TIMEOUT_MS }).toContain('Ctrl-C ends it all');
  return started;
}

/** What a running stack holds: ports that answer, and PostgreSQL's folder. */
async function findParts(): Promise<{ ports: number[]; folder: string }> {
  const file = await readFile(join(project.directory, '.nightshift', 'stack.json'), 'utf8');
  const { settings, setup } = JSON.parse(file) as Record<'settings' | 'setup', Record<string, string>>;
  const ports = [...JSON.stringify(settings).matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)].map((match) =>
    Number(match[1]),
  );
  const sockets = new URLSearchParams(setup['SETUP_DATABASE_URL']?.split('?')[1]).get('host') ?? '';
  return { ports: [...new Set(ports)], folder: dirname(sockets) };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function expectNothingLeft({ ports, folder }: Awaited<ReturnType<typeof findParts>>): Promise<void> {
  const left = async () => [existsSync(folder), ...(await Promise.all(ports.map(answers)))].includes(true);
  await expect.poll(left, { timeout: 10_000 }).toBe(false);
}

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
  const { child, said, ended } = await startAndWait();
  const parts = await findParts();
  expect(parts.ports.length).toBeGreaterThanOrEqual(4);

  await writeFile(job('broken'), 'SELEC 1;\n');
  await expect.poll(said, { timeout: TIMEOUT_MS }).toContain('The app goes on with the jobs as they were.');
  expect(said()).toContain('jobs/broken.sql:1:1:');

  await writeFile(job('broken'), `SELECT 'mended' AS state;\n`);
  await expect.poll(said, { timeout: TIMEOUT_MS }).toContain('the app runs the jobs as they are now');
  const { stdout } = await runCommand(['run', 'broken', '--wait']);
  expect(stdout).toContain('mended');

  const stopped = performance.now();
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(5000);
  await expectNothingLeft(parts);
});

async function runCommand(args: string[]): Promise<{ stdout: string }> {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], {
    cwd: project.directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  await once(child, 'close');
  return { stdout };
}

test('killed, it leaves nothing behind, and can be started again at once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const first = await startAndWait();
  const parts = await findParts();
  first.child.kill('SIGKILL');
  await first.ended;

  const second = await startAndWait();
  await expectNothingLeft({ ...parts, ports: [] });
  expect((await findParts()).folder).not.toBe(parts.folder);
  second.child.kill('SIGTERM');
  expect(await second.ended).toBe(0);
});

test('when the npm that started it is killed, it ends as well', { timeout: TIMEOUT_MS }, async () => {
  const { child } = await startAndWait(collect('npm', ['start']));
  const parts = await findParts();
  child.kill('SIGKILL');
  await expectNothingLeft(parts);
});

test('Ctrl-C while it is still starting ends it, and leaves nothing', { timeout: TIMEOUT_MS }, async () => {
  const { child, said, ended } = start();
  await expect.poll(said, { timeout: TIMEOUT_MS, interval: 20 }).toContain('started');
  const parts = await findParts();
  child.kill('SIGINT');
  expect(await ended).toBe(130);
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
