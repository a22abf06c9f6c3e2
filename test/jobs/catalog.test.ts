import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalogHash, compileCatalog } from '../../src/lib/jobs/catalog.ts';
import { aJob } from './aJob.ts';

let project = '';

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'nightshift catalog '));
});
afterEach(() => rm(project, { recursive: true }));

const write = async (path: string, content: string | Uint8Array = 'SELECT 1;') => {
  const file = join(project, 'jobs', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
};

const problems = async () => {
  const compiled = await compileCatalog(project);
  if (compiled.ok) return [];
  return compiled.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
};

const names = async () => {
  const compiled = await compileCatalog(project);
  return compiled.ok ? compiled.catalog.jobs.map(({ name }) => name) : compiled.problems;
};

test('folders group, and jobs come in the order of their names', async () => {
  await write('b.sql');
  await write('billing/close-day.sql');
  await write('a_1.sql');
  expect(await names()).toEqual(['a_1', 'b', 'billing/close-day']);
});

test("what is no .sql file, and an editor's hidden ones, are left alone", async () => {
  await write('README.md');
  await write('a.sql.bak');
  await write('.#a.sql');
  await write('a.sql');
  expect(await names()).toEqual(['a']);
});

test('the problems of every file come together, file by file', async () => {
  await write('a.sql', '-- ---\n-- timeuot: 5m\n-- ---\nCOMMIT;');
  await write('b.sql');
  await write('c/d.sql', 'SELECT 1;\nSELCT 2;');
  expect(await problems()).toEqual([
    'jobs/a.sql:2:4: Unknown key "timeuot". Did you mean "timeout"?',
    'jobs/c/d.sql:2:1: syntax error at or near "SELCT".',
  ]);
});

describe('what runs after what', () => {
  const job = (name: string, line: string) => write(`${name}.sql`, `-- ---\n-- ${line}\n-- ---\nSELECT 1;`);

  test('may branch and join', async () => {
    await job('a', 'schedule: "0 2 * * *"');
    await job('b', 'after: a');
    await job('c', 'after: [a]');
    await job('d', 'after: [b, c]');
    expect(await names()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('a name that no job has is told at its place', async () => {
    await job('close-day', 'schedule: "@daily"');
    await job('report', 'after: [close-day, clsoe-day]');
    await job('other', 'after: nothing-like-it');
    expect(await problems()).toEqual([
      'jobs/other.sql:2:11: after: there is no job "nothing-like-it".',
      'jobs/report.sql:2:23: after: there is no job "clsoe-day". Did you mean "close-day"?',
    ]);
  });

  test('what runs only when asked has no occurrences to follow', async () => {
    await write('asked.sql');
    await job('report', 'after: asked');
    await job('then', 'after: report');
    expect(await problems()).toEqual([
      'jobs/report.sql:2:11: after: asked has no schedule, so nothing would ever run after it.',
    ]);
  });

  test('a job whose own file is wrong is not unknown', async () => {
    await job('a', 'shcedule: "@daily"');
    await job('b', 'after: a');
    expect(await problems()).toEqual(['jobs/a.sql:2:4: Unknown key "shcedule". Did you mean "schedule"?']);
  });

  test('a job cannot wait for itself', async () => {
    await job('a', 'after: a');
    expect(await problems()).toEqual([
      'jobs/a.sql:2:11: after: a would wait for itself and never run: remove it.',
    ]);
  });

  test('each cycle is told once, with its path', async () => {
    await job('a', 'after: b');
    await job('b', 'after: [x, c]');
    await job('c', 'after: [a, d]');
    await job('d', 'after: c');
    await job('e', 'after: a');
    await job('x', 'schedule: "@daily"');
    expect(await problems()).toEqual([
      'jobs/c.sql:2:12: after: none of these would ever run, as each waits for the next: a -> b -> c -> a.',
      'jobs/d.sql:2:11: after: none of these would ever run, as each waits for the next: c -> d -> c.',
    ]);
  });

  test('of jobs that never occur at the same instant, a job cannot wait for both', async () => {
    await job('early', 'schedule: "0 2 * * *"');
    await job('late', 'schedule: "0 3 * * *"');
    await job('both', 'after: [early, late]');
    await job('then', 'after: both');
    expect(await problems()).toEqual([
      'jobs/both.sql:2:11: after: it would never run, as no instant is common to early (0 2 * * *, UTC), late (0 3 * * *, UTC).',
    ]);
  });

  test('of jobs that seldom occur at the same instant, it can', async () => {
    await job('hourly', 'schedule: "@hourly"');
    await job('seldom', 'every: 7h');
    await job('leap', 'schedule: ["0 12 29 2 *", "5 5 5 5 *"]');
    await job('all', 'after: [hourly, seldom, leap]');
    expect(await problems()).toEqual([]);
  });
});

describe('names', () => {
  test.each([
    ['Close.sql', '"Close" cannot be part of a job\'s name', 'for example to "close"'],
    ['Billing/x.sql', '"Billing"', 'for example to "billing"'],
    ['close day.sql', '"close day"', 'for example to "close-day"'],
    ['-x.sql', '"-x"', 'for example to "x"'],
    ['a.b.sql', '"a.b"', 'for example to "a-b"'],
    ['a.SQL', '"a.SQL"', 'for example to "a"'],
    ['é.sql', '"é"', ''],
  ])('%s is refused', async (path, ...expected) => {
    await write(path);
    const [problem = '', ...others] = await problems();
    expect(others).toEqual([]);
    for (const part of [`jobs/${path}:1:1: `, ...expected]) expect(problem).toContain(part);
  });

  test('two that differ by case are refused, as they are one file elsewhere', async () => {
    await write('a.sql');
    await write('A.sql');
    expect(await problems()).toHaveLength(1);
  });

  test('no longer than a run id can hold', async () => {
    const folder = 'x'.repeat(100);
    await write(`${folder}/${folder}.sql`);
    expect((await problems())[0]).toContain("A job's name has at most 200 characters.");
  });
});

describe('files that are no text', () => {
  test.each([
    ['Latin-1', Buffer.from("SELECT 'a';\nSELECT '\xe9';", 'latin1'), '2:9: This is not UTF-8'],
    ['cut in the middle of a character', Buffer.from("SELECT '€").subarray(0, -1), '1:9: This is not UTF-8'],
    ['UTF-16', Buffer.from('\ufeffSELECT 1', 'utf16le'), '1:1: This file is UTF-16'],
    ['binary', Buffer.from('SELECT 1\0'), '1:9: SQL cannot hold the character U+0000.'],
  ])('%s', async (_, bytes, expected) => {
    await write('a.sql', bytes);
    expect((await problems())[0]).toContain(`jobs/a.sql:${expected}`);
  });
});

describe('links', () => {
  test('are followed, to files and to folders', async () => {
    await write('a/x.sql');
    await symlink(join(project, 'jobs/a'), join(project, 'jobs/b'));
    await symlink(join(project, 'jobs/a/x.sql'), join(project, 'jobs/y.sql'));
    expect(await names()).toEqual(['a/x', 'b/x', 'y']);
  });

  test('to a folder above end, and are told', async () => {
    await write('a/x.sql');
    await symlink('..', join(project, 'jobs/a/up'));
    expect(await problems()).toEqual([
      'jobs/a/up:1:1: This folder is a link to one that it stands in: remove it.',
    ]);
  });

  test('to nowhere, or to themselves, are told', async () => {
    await write('x.sql');
    await symlink('gone.sql', join(project, 'jobs/a.sql'));
    await symlink('b.sql', join(project, 'jobs/b.sql'));
    expect(await problems()).toEqual([
      'jobs/a.sql:1:1: This link leads to no file.',
      'jobs/b.sql:1:1: This link leads to no file.',
    ]);
  });
});

test.each([false, true])('no job at all is a warning, not a problem (folder there: %s)', async (isThere) => {
  if (isThere) await mkdir(join(project, 'jobs'));
  expect(await compileCatalog(project)).toMatchObject({
    ok: true,
    catalog: { jobs: [] },
    warnings: [{ file: 'jobs', message: expect.stringContaining('no job yet') }],
  });
});

describe("the host's functionTimeout bounds a job's", () => {
  const hostJson = (text: string) => writeFile(join(project, 'host.json'), text);
  const withTimeout = (timeout: string) =>
    write('a.sql', `-- ---\n-- timeout: ${timeout}\n-- ---\nSELECT 1;`);

  test.each([
    ['{ "functionTimeout": "00:30:00" }', '29m', '30m'],
    ['{ "functionTimeout": "1.00:00:00" }', '23h59m', '24h'],
    ['{}', '29m', '30m'],
  ])('%s', async (text, most, tooLong) => {
    await hostJson(text);
    await withTimeout(most);
    expect(await problems()).toEqual([]);
    await withTimeout(tooLong);
    expect((await problems())[0]).toMatch(
      /^jobs\/a\.sql:2:13: timeout: expected at most \d+s, a minute less than/,
    );
  });

  test('-1 is no bound, and no host.json is none', async () => {
    await withTimeout('24h');
    expect(await problems()).toEqual([]);
    await hostJson('{ "functionTimeout": "-1" }');
    expect(await problems()).toEqual([]);
  });

  test('the default is shorter where the host allows less', async () => {
    await hostJson('{ "functionTimeout": "00:05:00" }');
    await write('a.sql');
    expect(await compileCatalog(project)).toMatchObject({ catalog: { jobs: [{ timeoutMs: 240_000 }] } });
  });
});

describe('the hash', () => {
  const base = aJob({ parameters: { a: { type: 'text', description: null } } });

  test('is the same for the same jobs, in whatever order their keys are', () => {
    const shuffled = JSON.parse(JSON.stringify(base), (_, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(catalogHash([shuffled])).toBe(catalogHash([base]));
    expect(catalogHash([base])).toMatch(/^[0-9a-f]{64}$/);
  });

  test('changes with anything a job says', () => {
    const changes = [
      { sql: 'SELECT 2' },
      { timeoutMs: 1 },
      { role: 'x' },
      { schedules: ['@daily'] },
      { parameters: {} },
    ];
    const hashes = changes.map((change) => catalogHash([{ ...base, ...change }]));
    expect(new Set([...hashes, catalogHash([base]), catalogHash([])]).size).toBe(changes.length + 2);
  });
});

test("this project's own jobs compile", async () => {
  const compiled = await compileCatalog(join(import.meta.dirname, '../..'));
  expect(compiled).toMatchObject({ ok: true, warnings: [] });
});
