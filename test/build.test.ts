import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift build '));
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with Node and nothing of this environment but what is given. */
function node(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
  });
}

const build = (project: string, out: string) =>
  node([join(root, 'build.ts'), '--project', project, '--out', out]);

async function projectWith(name: string, jobs: Record<string, string>): Promise<string> {
  const project = join(folder, name);
  await mkdir(join(project, 'jobs'), { recursive: true });
  for (const [file, sql] of Object.entries(jobs)) await writeFile(join(project, 'jobs', file), sql);
  return project;
}

describe('a build of this project', () => {
  let out = '';
  let ended: Ended;
  const contents = async (prefix: string) => {
    const names = (await readdir(out)).filter((name) => name.startsWith(prefix));
    return (await Promise.all(names.map((name) => readFile(join(out, name), 'utf8')))).join('\n');
  };

  beforeAll(async () => {
    out = join(folder, 'dist');
    ended = await build(root, out);
  });

  test('says in one line what was built', () => {
    expect(ended).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Built dist\/ with \d+ jobs in \d+ ms\.\n$/),
    });
  });

  test('leaves outside only what the Functions host provides', async () => {
    const code = await contents('functions');
    const asked = code.matchAll(
      /(?:\b__require|\brequire|\bimport)\("([^"]+)"\)|^(?:import|export)\b[^;"']*from "([^"]+)";/gm,
    );
    const outside = [...asked]
      .map(([, called, imported]) => called ?? imported ?? '')
      .filter((name) => !name.startsWith('.') && !isBuiltin(name));
    expect([...new Set(outside)]).toEqual(['@azure/functions-core']);
  });

  test('has no parser of YAML or SQL in what a cold start loads', async () => {
    const code = await contents('functions');
    expect(code).not.toContain('libpg-query');
    expect(code).not.toContain('BLOCK_AS_IMPLICIT_KEY');
  });

  test('loads where no node_modules is, without the host as well', async () => {
    const url = JSON.stringify(join(out, 'functions.js'));
    const loaded = await node(['--input-type=module', '-e', `await import(${url}); process.exit(0)`], {
      DATABASE_URL: 'postgresql://app@localhost/app',
      JobsStorage: 'UseDevelopmentStorage=true',
    });
    expect(loaded.stderr).toContain('Skipping call to register function "runJob"');
    expect(loaded.code).toBe(0);
  });

  test('has a command that tells its usage', async () => {
    expect(await node([join(out, 'cli.js'), '--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nightshift'),
    });
  });

  test('holds the jobs', async () => {
    expect(await contents('functions')).toContain('nightly-order-totals');
  });

  test('replaces the one before it, and leaves none of its files behind', async () => {
    await writeFile(join(out, 'functions-left-over.js'), '');
    await cp(join(out, 'cli.js'), join(out, 'cli-of-before.js'));
    const before = (await readdir(out)).length;
    await build(root, out);
    const after = await readdir(out);
    expect(after).toHaveLength(before - 2);
    expect(after).not.toContain('functions-left-over.js');
  });
});

test('the problems of all files are printed at once, and what was built before stays', async () => {
  const project = await projectWith('broken', {
    'a.sql': '-- ---\n-- timeuot: 5m\n-- schedule: "61 * * * *"\n-- ---\nSELECT 1;',
    'b.sql': 'SELECT 1;\nCOMMIT;',
    'c.sql': 'SELECT 1;',
  });
  const out = join(folder, 'kept');
  await mkdir(out);
  await writeFile(join(out, 'functions.js'), 'before');
  const { code, stdout, stderr } = await build(project, out);
  expect(stderr.trimEnd().split('\n')).toEqual([
    'jobs/a.sql:2:4: Unknown key "timeuot". Did you mean "timeout"?',
    'jobs/a.sql:3:14: schedule: minute "61": expected 0 to 59.',
    expect.stringMatching(/^jobs\/b\.sql:2:1: COMMIT cannot stand in a job/),
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(await readFile(join(out, 'functions.js'), 'utf8')).toBe('before');
});

test('a project without jobs builds, with a warning', async () => {
  const project = await projectWith('empty', {});
  expect(await build(project, join(project, 'dist'))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('with 0 jobs'),
    stderr: 'jobs:1:1: There is no job yet: add a file jobs/<name>.sql.\n',
  });
});
