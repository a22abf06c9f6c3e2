import { describe, expect, test } from 'vitest';
import { compileJob } from '../../src/lib/jobs/compileJob.ts';

const compile = (text: string) =>
  compileJob('a', 'jobs/a.sql', new TextEncoder().encode(text), Number.POSITIVE_INFINITY);

const problems = async (text: string) => {
  const compiled = await compile(text);
  return compiled.ok
    ? []
    : compiled.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

const DAY_MS = 86_400_000;

/** Front matter of the given lines on an innocent statement; the lines begin at line 2, column 4. */
const withFrontMatter = (...lines: string[]) =>
  ['-- ---', ...lines.map((line) => `-- ${line}`), '-- ---', 'SELECT 1;', ''].join('\n');

const read = async (...lines: string[]) => {
  const compiled = await compile(withFrontMatter(...lines));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.job;
};

test('every key is optional', async () => {
  const expected = {
    name: 'a',
    description: null,
    schedules: [],
    timeZone: 'UTC',
    databases: ['main'],
    catchUp: { policy: 'latest', limit: 100, maxAgeMs: 7 * DAY_MS },
    after: [],
    expectEveryMs: null,
    startWithinMs: 15 * 60_000,
    timeoutMs: 600_000,
    transaction: true,
    isolation: 'read committed',
    role: null,
    overlap: 'skip',
    retry: { attempts: 5, backoffMs: 30_000, maxBackoffMs: 600_000 },
    parameters: {},
  };
  expect(await read()).toMatchObject(expected);
  expect(await compile('SELECT 1')).toMatchObject({ ok: true, job: expected });
});

test('every key is read', async () => {
  const job = await read(
    'description: Close the day.',
    'schedule: ["0 2 * * *", "@hourly"]   # twice',
    'timeZone: Europe/Berlin',
    'database: billing',
    'catchUp: { policy: all, limit: 10000, maxAge: 36h }',
    'expectEvery: 1d2h',
    'startWithin: 5m',
    'timeout: 1h30m',
    'retry: { attempts: 3, backoff: 5s, maxBackoff: 1m }',
    'isolation: serializable',
    'role: reporting',
    'overlap: queue',
    'parameters:',
    '  day: { type: date, default: yesterday, description: Which day. }',
    '  who: text',
    '  factor: { type: number, default: 1.10000000000000000001 }',
    '  id: { type: integer, default: 9007199254740993 }',
    '  filter: { type: json, default: { a: [1, 2.50, "x"] } }',
    '  at: { type: timestamp, default: "2026-07-01T00:00" }',
    '  nothing: { type: text, default: null }',
  );
  expect(job).toMatchObject({
    description: 'Close the day.',
    schedules: ['0 2 * * *', '@hourly'],
    timeZone: 'Europe/Berlin',
    databases: ['billing'],
    catchUp: { policy: 'all', limit: 10_000, maxAgeMs: 36 * 3_600_000 },
    expectEveryMs: 26 * 3_600_000,
    startWithinMs: 300_000,
    timeoutMs: 5_400_000,
    retry: { attempts: 3, backoffMs: 5000, maxBackoffMs: 60_000 },
    isolation: 'serializable',
    role: 'reporting',
    overlap: 'queue',
  });
  expect(job.parameters).toEqual({
    day: { type: 'date', description: 'Which day.', default: 'yesterday' },
    who: { type: 'text', description: null },
    factor: { type: 'number', description: null, default: '1.10000000000000000001' },
    id: { type: 'integer', description: null, default: '9007199254740993' },
    filter: { type: 'json', description: null, default: '{"a":[1,2.50,"x"]}' },
    at: { type: 'timestamp', description: null, default: '2026-06-30T22:00:00Z' },
    nothing: { type: 'text', description: null, default: null },
  });
});

test.each([
  ['database: "*"', { databases: ['*'] }],
  ['database: [eu, us, "tenant_*"]', { databases: ['eu', 'us', 'tenant_*'] }],
  ['every: 1m30s', { schedules: ['@every 1m30s'] }],
  ['schedule: ["@every 90s", "@daily"]', { schedules: ['@every 90s', '@daily'] }],
  ['catchUp: none', { catchUp: { policy: 'none', limit: 100, maxAgeMs: 7 * DAY_MS } }],
  ['after: billing/close-day', { after: ['billing/close-day'] }],
  ['after: [load-orders, b]', { after: ['load-orders', 'b'] }],
])('%s', async (line, expected) => {
  expect(await read(line)).toMatchObject(expected);
});

describe('each value that cannot be is told at its place', () => {
  test.each([
    ['timeuot: 5m', '2:4 Unknown key "timeuot". Did you mean "timeout"?'],
    ['timezone: UTC', '2:4 Unknown key "timezone". Did you mean "timeZone"?'],
    ['catchUp: lates', '2:13 catchUp.policy: expected none, latest or all, got "lates".'],
    ['catchUp: 5', '2:13 catchUp: expected none, latest or all, or keys such as { policy: all, limit'],
    ['catchUp: { polcy: all }', '2:15 Unknown key "polcy". Did you mean "policy"?'],
    ['catchUp: { limit: 0 }', '2:22 catchUp.limit: expected a whole number from 1 to 10000, got 0.'],
    ['catchUp: { limit: 10001 }', '2:22 catchUp.limit: expected a whole number from 1 to 10000, got 10001.'],
    ['catchUp: { maxAge: 400d }', '2:23 catchUp.maxAge: expected at most 366d (a year ago is history)'],
    ['every: 0s', '2:11 every: "0s" is too short: an interval is at least 1s.'],
    ['every: -5m', '2:11 every: "-5m" is no interval: expected a duration such as 90s, 10m or 2h.'],
    ['every: 367d', '2:11 every: "367d" is too long: an interval is at most 366d.'],
    ['every: 1500ms', '2:11 every: "1500ms" is not in whole seconds.'],
    ['every: 90', '2:11 every: expected a duration such as 90s, 10m or 2h, got 90.'],
    ['schedule: "@every"', '2:14 schedule: "" is no interval'],
    ['schedule: "@every 0s"', '2:14 schedule: "0s" is too short'],
    ['after: 5', "2:11 after: expected a job's name, or a list of them, got 5."],
    ['after: []', "2:11 after: expected a job's name, or a list of them, at least one, got a list."],
    ['after: [x, x]', '2:15 after: "x" is there already.'],
    ['expectEvery: 401d', '2:17 expectEvery: expected at most 400d (no schedule is slower than a year)'],
    ['startWithin: 0s', '2:17 startWithin: expected at least 1s, got "0s".'],
    ['constructor: x', '2:4 Unknown key "constructor".'],
    ['__proto__: { role: x }', '2:4 "__proto__" cannot be a key.'],
    ['schedule: "61 * * * *"', '2:14 schedule: minute "61": expected 0 to 59'],
    ['schedule: ["@daily", "0 25 * * *"]', '2:25 schedule: hour "25": expected 0 to 23'],
    ['schedule: "0 0 30 2 *"', '2:14 schedule: "0 0 30 2 *" never comes'],
    [
      'schedule: { every: 90s }',
      '2:14 schedule: expected a cron expression such as "0 2 * * *", or a list of them, got an object.',
    ],
    [
      'schedule: []',
      '2:14 schedule: expected a cron expression such as "0 2 * * *", or a list of them, at least one',
    ],
    ['schedule: [5]', '2:15 schedule: expected a cron expression such as "0 2 * * *", got 5.'],
    [
      'schedule:',
      'schedule: expected a cron expression such as "0 2 * * *", or a list of them, got nothing.',
    ],
    ['timeZone: PST', '2:14 timeZone: "PST" is an abbreviation'],
    ['timeZone: "+01:00"', '2:14 timeZone: "+01:00" is an offset'],
    ['database: 5', "2:14 database: expected a configured database's name, or a list of them, got 5."],
    ['database: []', "2:14 database: expected a configured database's name, or a list of them, at least one"],
    [
      'database: [eu, Us]',
      '2:19 database: expected the name of a configured database (main, or x for DATABASE_URL_X)',
    ],
    ['database: "tenant_?"', '2:14 database: expected the name of a configured database (main'],
    ['database: [eu, eu]', '2:19 database: "eu" is there already.'],
    ['timeout: 90', '2:13 timeout: expected a duration such as 90s, 10m or 2h, got 90.'],
    ['timeout: soon', '2:13 timeout: expected a duration such as 90s, 10m or 2h, got "soon".'],
    ['timeout: 25h', '2:13 timeout: expected at most 24h'],
    ['timeout: 10ms', '2:13 timeout: expected at least 1s, got "10ms".'],
    ['retry: 5', '2:11 retry: expected keys such as { attempts: 5'],
    ['retry: { attempts: 0 }', '2:23 retry.attempts: expected a whole number from 1 to 50, got 0.'],
    ['retry: { attempts: 1.5 }', '2:23 retry.attempts: expected a whole number from 1 to 50, got 1.5.'],
    ['retry: { attempt: 5 }', '2:13 Unknown key "attempt". Did you mean "attempts"?'],
    [
      'retry: { backoff: 1h }',
      '2:11 retry: the first wait, backoff, is longer than the longest, maxBackoff.',
    ],
    [
      'isolation: snapshot',
      '2:15 isolation: expected read committed, repeatable read or serializable, got "snapshot".',
    ],
    ['transaction: no', '2:17 transaction: expected true or false, got "no".'],
    ['role: ""', '2:10 role: expected a text that is not empty'],
    ['description: 5', '2:17 description: expected a text, got 5.'],
    [
      'parameters: [day]',
      '2:16 parameters: expected names with their types, such as { day: date }, got a list.',
    ],
    ['parameters: { day: dat }', '2:23 parameters.day.type: expected one of text, integer'],
    [
      'parameters: { day: { default: today } }',
      'parameters.day.type: expected one of text, integer, number, boolean, date, timestamp, uuid, json, got nothing.',
    ],
    [
      'parameters: { day: { type: date, defualt: today } }',
      '2:37 Unknown key "defualt". Did you mean "default"?',
    ],
    [
      'parameters: { day: { type: date, default: 2026-02-30 } }',
      '2:46 parameters.day.default: expected a date such as',
    ],
    [
      'parameters: { n: { type: integer, default: many } }',
      '2:47 parameters.n.default: expected a whole number',
    ],
    ['parameters: { n: { type: number, default: .inf } }', '2:46 .inf is no number that JSON has.'],
    ['parameters: { 1day: date }', '2:18 parameters: "1day" is no name for a parameter'],
    ['parameters: { day: 5 }', '2:23 parameters.day: expected a type such as date'],
  ])('%s', async (line, expected) => {
    const found = await problems(withFrontMatter(line));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('every and schedule, and after with either, are contradictions', async () => {
    expect(
      await problems(withFrontMatter('schedule: "@daily"', 'every: 90s', 'after: x', 'role: ""')),
    ).toEqual([
      '3:11 every: a job has either every or schedule: remove one of them.',
      '4:11 after: a job that runs after others has no schedule of its own: remove one of them.',
      '5:10 role: expected a text that is not empty.',
    ]);
    expect(await problems(withFrontMatter('every: 90s', 'after: [x]'))).toEqual([
      '3:11 after: a job that runs after others has no schedule of its own: remove one of them.',
    ]);
  });

  test('isolation without a transaction is a contradiction', async () => {
    expect(await problems(withFrontMatter('transaction: false', 'isolation: serializable'))).toEqual([
      '3:15 isolation: a job with transaction: false has no transaction to isolate: remove one of them.',
    ]);
  });

  test('all of a file at once, in its order, and its SQL too', async () => {
    const text = withFrontMatter(
      'timeuot: 5m',
      'schedule: "61 * * * *"',
      'timeZone: Mars',
      'transaction: 1',
    ).replace('SELECT 1', 'SELCT 1');
    expect((await problems(text)).map((problem) => problem.split(' ', 1)[0])).toEqual([
      '2:4',
      '3:14',
      '4:14',
      '5:17',
      '7:1',
    ]);
  });
});

describe('YAML that cannot be read is told at its place', () => {
  test.each([
    ['schedule: */5 * * * *', '2:', 'YAML reads as an alias: put the value in quotes.'],
    ['schedule: @daily', '2:14', 'put the value in quotes.'],
    ['description: Roll up: orders', '2:', 'A plain value cannot hold ": "'],
    ['retry: { attempts: 5', '2:', 'This is not YAML'],
    ['role: a\n-- role: b', '3:4', 'The key role is there already'],
    ['role: !!js x', '2:10', 'Unresolved tag'],
    ['role: &a x\n-- database: *a', '3:14', '*a is an alias in YAML'],
    ['just words', '2:4', 'front matter: expected front matter of the form "key: value", got "just words".'],
    ['- role', '2:4', 'got a list.'],
    ['\trole: x', '2:4', 'Tabs are not allowed'],
  ])('%s', async (line, place, expected) => {
    const [first = ''] = await problems(withFrontMatter(line));
    expect(first.startsWith(place)).toBe(true);
    expect(first).toContain(expected);
  });
});

describe('what looks like front matter is never taken for a comment', () => {
  test.each([
    ['not closed', '-- ---\n-- role: x\n', '1:1 This front matter is not closed'],
    [
      'closed by SQL',
      '-- ---\n-- role: x\nSELECT 1;\n-- ---\n',
      '3:1 This line stands in the front matter but is no comment',
    ],
    [
      'after SQL',
      'SELECT 1;\n-- ---\n-- role: x\n-- ---\n',
      '2:1 Front matter stands at the top of the file',
    ],
    [
      'twice',
      '-- ---\n-- ---\nSELECT 1;\n-- ---\n',
      '4:1 This looks like front matter, but a file has it once',
    ],
    [
      'in a string',
      "-- ---\n-- ---\nSELECT '\n-- ---\n';",
      '4:1 This looks like front matter, but a file has it once',
    ],
    [
      'indented',
      '  -- ---\n  -- role: x\n  -- ---\nSELECT 1',
      '1:3 Front matter is delimited by "-- ---" in the first column',
    ],
    [
      'in a block comment',
      '/*\n-- ---\n-- role: x\n-- ---\n*/\nSELECT 1',
      '2:1 Front matter stands in line comments, not inside /* */',
    ],
    ['without its comment signs', '---\nrole: x\n---\nSELECT 1', '1:1 Front matter is delimited by "-- ---"'],
    [
      'without its delimiters',
      '-- A job.\n-- schedule: "@daily"\nSELECT 1',
      '2:1 This looks like front matter, which stands between',
    ],
    ['without the space', '-- ---\n--role: x\n-- ---\nSELECT 1', '2:3 Write a space between --'],
  ])('%s', async (_, text, expected) => {
    expect((await problems(text))[0]).toContain(expected);
  });

  test.each([
    [
      'comments and blank lines before it',
      '-- Copyright\n\n/* a /* nested */ one */\n-- ---\n-- role: x\n-- ---\nSELECT 1',
    ],
    ['blank lines in it', '-- ---\n--\n-- role: x\n\n-- ---\nSELECT 1'],
    ['spaces at the ends of its lines', '-- ---  \n-- role: x \t\n-- --- \nSELECT 1'],
    [
      'longer rules of dashes anywhere',
      '-- ------\n-- ---\n-- role: x\n-- ---\n-- ----\nSELECT 1 -- ---- x\n--------',
    ],
  ])('%s: fine', async (_, text) => {
    expect(await compile(text)).toMatchObject({ ok: true, job: { role: 'x' } });
  });
});

describe('a BOM and CRLF move no position', () => {
  const text = withFrontMatter('description: "😀"', 'role: x', 'timeout: soon').replace(
    'SELECT 1',
    "SELECT '😀', FROM",
  );
  const expected = [
    '4:13 timeout: expected a duration such as 90s, 10m or 2h, got "soon".',
    '6:13 syntax error at or near "FROM".',
  ];

  test.each([
    ['plain', text],
    ['BOM', `\ufeff${text}`],
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['CR', text.replaceAll('\n', '\r')],
    ['BOM and CRLF', `\ufeff${text.replaceAll('\n', '\r\n')}`],
  ])('%s', async (_, variant) => {
    expect(await problems(variant)).toEqual(expected);
  });
});
