import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApp } from '../support/builtApp.ts';
import { type CommandOptions, runCommand, startCommand, temporaryDirectory } from './command.ts';

/** Commands that need no server, on a project of their own. */

let built: Awaited<ReturnType<typeof buildApp>>;
beforeAll(async () => {
  built = await buildApp({
    daily: "-- ---\n-- schedule: '30 2 * * *'\n-- timeZone: Europe/Berlin\n-- ---\nSELECT 1;",
    'billing/asked': 'SELECT 2;',
  });
  await symlink(resolve('node_modules'), join(built.directory, 'node_modules'));
});
afterAll(() => built.remove());

const nightshift = (args: readonly string[], options: CommandOptions = {}) =>
  runCommand(join(built.directory, 'dist'), args, { directory: built.directory, ...options });

async function project(files: Readonly<Record<string, string>>) {
  const { path, remove } = await temporaryDirectory();
  await mkdir(join(path, 'jobs'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, 'jobs', name), text);
  return { path, remove };
}

describe('the command line', () => {
  test.each([
    [['rnu'], 'Did you mean'],
    [['runs', '--jobb', 'x'], '(Did you mean --job?)'],
    [['runs', '--limit'], 'argument missing'],
    [['runs', '--limit', '-5'], 'It must be a whole number from 1 to 10000.'],
    [['runs', '--limit', '1e3'], 'It must be a whole number'],
    [['runs', '--state', 'faild'], 'Did you mean "failed"?'],
    [['runs', '--since', 'yesterday'], 'It must be an instant'],
    [['runs', 'extra'], 'too many arguments'],
    [['run'], "missing required argument 'job'"],
    [['dead-letters', 'show', 'x'], 'It must be a whole number'],
    [['help', 'nope'], "unknown command 'nope'"],
    [['validate', '--format', 'xml'], 'Allowed choices are text, json, github.'],
  ])('%j is refused with a hint, and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await nightshift(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('common options stand before a command or behind it', async () => {
    for (const args of [
      ['--quiet', 'next', '--json', '--count', '1'],
      ['next', '--quiet', '--json', '--count', '1'],
    ]) {
      expect(await nightshift(args)).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('settings that are missing are told all at once', async () => {
    const { code, stderr } = await nightshift(['results'], { env: { JOBS_QUEUE: 'Not A Queue' } });
    expect(code).toBe(3);
    expect(stderr).toContain('DATABASE_URL: is missing');
    expect(stderr).toContain('JOBS_QUEUE: must be a queue name');
  });

  test('a reader that goes away ends it without a word', async () => {
    const child = startCommand(join(built.directory, 'dist'), ['next', '--count', '1000', '--json'], {
      directory: built.directory,
    });
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('validate', () => {
  const BROKEN = {
    'broken.sql': '-- ---\n-- schedul: x\n-- ---\nSELECT 1; SELEC 2;',
    'good.sql': 'SELECT 1;',
  };

  test('tells every problem where an editor finds it', async () => {
    const { path, remove } = await project(BROKEN);
    const { code, stdout, stderr } = await nightshift(['validate'], { directory: path });
    expect(code).toBe(1);
    expect(stdout).toContain('jobs/broken.sql:2:4: ');
    expect(stdout).toContain('Did you mean "schedule"?');
    expect(stdout).toContain('jobs/broken.sql:4:11: ');
    expect(stderr).toBe('There are 2 problems.\n');
    await remove();
  });

  test('writes JSON, and annotations for GitHub', async () => {
    const { path, remove } = await project(BROKEN);
    const json = await nightshift(['validate', '--format', 'json'], { directory: path });
    expect(JSON.parse(json.stdout)).toMatchObject([
      { file: 'jobs/broken.sql', line: 2, severity: 'error' },
      { line: 4 },
    ]);
    const github = await nightshift(['validate', '--format', 'github'], { directory: path });
    expect(github.stdout).toMatch(/^::error file=jobs\/broken\.sql,line=2,col=4::.*schedul/m);
    await remove();
  });

  test('warns of a schedule that a sleeping app cannot follow', async () => {
    const schedule = "-- ---\n-- schedule: '*/20 * * * * *'\n-- ---\nSELECT 1;";
    const { path, remove } = await project({ 'often.sql': schedule });
    const { code, stdout } = await nightshift(['validate'], { directory: path });
    expect(code).toBe(0);
    expect(stdout).toContain('jobs/often.sql:2:1: warning: Comes every 20 seconds at times');
    await remove();
  });

  test('says so where there are no jobs', async () => {
    const { path, remove } = await temporaryDirectory();
    expect(await nightshift(['validate'], { directory: path })).toMatchObject({ code: 2, stdout: '' });
    await remove();
  });
});

describe('next', () => {
  test("shows occurrences in the job's zone and in the viewer's", async () => {
    const args = ['next', 'daily', '--count', '2', '--after', '2026-03-28T12:00:00Z'];
    const { stdout } = await nightshift(args, { env: { TZ: 'America/New_York' } });
    // The clocks of Berlin leave out 02:30 on 29 March: the run comes when the gap ends.
    expect(stdout).toContain('2026-03-29 03:00:00 Europe/Berlin  2026-03-28 21:00:00');
    expect(stdout).toContain('2026-03-30 02:30:00 Europe/Berlin  2026-03-29 20:30:00');
    const json = await nightshift([...args, '--json']);
    expect(json.stdout.split('\n')[0]).toBe(
      '{"job":"daily","at":"2026-03-29T01:00:00.000Z","timeZone":"Europe/Berlin","paused":null}',
    );
  });

  test('of a job without a schedule says so', async () => {
    const { code, stderr } = await nightshift(['next', 'billing/asked']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'billing/asked has no schedule: it runs when it is asked to.\n',
    });
  });
});

test('show tells a job as it is understood, also where no database is configured', async () => {
  const { code, stdout, stderr } = await nightshift(['show', 'daily']);
  expect(code).toBe(0);
  expect(stdout).toContain('30 2 * * * (Europe/Berlin)');
  expect(stdout).toContain('SELECT 1;');
  expect(stderr).toContain('Its last runs are not known.');
});

describe('new', () => {
  test('writes a job that validates, and never overwrites', async () => {
    const { path, remove } = await project({});
    const made = await nightshift(['new', 'billing/send-invoices'], { directory: path });
    expect(made).toMatchObject({ code: 0, stdout: 'jobs/billing/send-invoices.sql\n' });
    const text = await readFile(join(path, 'jobs/billing/send-invoices.sql'), 'utf8');
    expect(await nightshift(['validate'], { directory: path })).toMatchObject({ code: 0, stdout: '' });
    const again = await nightshift(['new', 'billing/send-invoices'], { directory: path });
    expect(again).toMatchObject({ code: 2, stdout: '' });
    expect(await readFile(join(path, 'jobs/billing/send-invoices.sql'), 'utf8')).toBe(text);
    await remove();
  });

  test.each([
    ['../outside', 'How about "outside"?'],
    ['Close Day/', 'How about "close-day"?'],
    ['jobs/Close.sql', 'How about "close"?'],
    ['a//b', 'How about "a/b"?'],
    ['..', "cannot be a job's name"],
    ['x'.repeat(300), '200 characters at most'],
  ])('refuses the name %j', async (name, message) => {
    const { path, remove } = await project({});
    const { code, stderr } = await nightshift(['new', name], { directory: path });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    await remove();
  });
});

describe('completion', () => {
  test.each([
    [[], ['run', 'query', 'runs', 'completion']],
    [['run'], ['billing/asked', 'daily', '--wait']],
    [
      ['runs', '--job'],
      ['billing/asked', 'daily'],
    ],
    [
      ['validate', '--format'],
      ['text', 'json', 'github'],
    ],
    [['dead-letters'], ['list', 'show']],
    [['completion'], ['bash', 'zsh', 'fish']],
  ])('after %j', async (typed, words) => {
    const { stdout } = await nightshift(['__words', '--', ...typed]);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(words));
  });

  test('in bash', async () => {
    const { path, remove } = await temporaryDirectory();
    const command = join(path, 'nightshift');
    const cli = join(built.directory, 'dist/cli.js');
    await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 });
    const { stdout: script } = await nightshift(['completion', 'bash']);
    const complete = `${script}\nCOMP_WORDS=("${command}" run da); COMP_CWORD=2; _nightshift; echo "\${COMPREPLY[@]}"`;
    const { execFileSync } = await import('node:child_process');
    expect(execFileSync('bash', ['-c', complete], { encoding: 'utf8' })).toBe('daily\n');
    await remove();
  });
});
