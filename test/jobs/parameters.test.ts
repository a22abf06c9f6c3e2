import { describe, expect, test } from 'vitest';
import type { ParameterSpec, ParameterType } from '../../src/lib/jobs/job.ts';
import { resolveParameters } from '../../src/lib/jobs/parameters.ts';
import { type JsonValue, parseJson } from '../../src/lib/json.ts';

/** Half past midnight on 1 March in Berlin, still 28 February in UTC. */
const ANCHOR = Date.parse('2026-02-28T23:30Z');

const resolve = (type: ParameterType, value: JsonValue, timeZone = 'Europe/Berlin') => {
  const job = { timeZone, parameters: { x: { type, description: null } } };
  const resolved = resolveParameters(job, { x: value }, ANCHOR);
  return resolved.ok ? resolved.values['x'] : resolved.problems.map(({ message }) => message).join();
};

describe("a value becomes PostgreSQL's text of its type", () => {
  test.each<[ParameterType, JsonValue, string]>([
    ['text', '', ''],
    ['text', "it's 😀", "it's 😀"],
    ['integer', 7, '7'],
    ['integer', '+07', '7'],
    ['integer', '-0', '0'],
    ['integer', 9223372036854775807n, '9223372036854775807'],
    ['integer', '-9223372036854775808', '-9223372036854775808'],
    ['number', 1.5, '1.5'],
    ['number', parseJson('1.10000000000000000001'), '1.10000000000000000001'],
    ['number', 12345678901234567890n, '12345678901234567890'],
    ['number', '-.5e-3', '-.5e-3'],
    ['boolean', true, 'true'],
    ['boolean', 'false', 'false'],
    ['date', '2024-02-29', '2024-02-29'],
    ['timestamp', '2026-01-31T09:30:00.123456Z', '2026-01-31T09:30:00.123456Z'],
    ['timestamp', '2026-01-31 09:30+02', '2026-01-31T07:30:00Z'],
    ['timestamp', '2026-01-31T09:30:15-0330', '2026-01-31T13:00:15Z'],
    ['timestamp', '2026-07-31T09:30', '2026-07-31T07:30:00Z'],
    ['uuid', '123E4567-E89B-12D3-A456-426614174000', '123e4567-e89b-12d3-a456-426614174000'],
    ['json', { a: [1, null, 12345678901234567890n] }, '{"a":[1,null,12345678901234567890]}'],
    ['json', ' {"a": 1.50} ', ' {"a": 1.50} '],
    ['json', false, 'false'],
  ])('%s: %o', (type, value, expected) => {
    expect(resolve(type, value)).toBe(expected);
  });

  test('null is NULL, whatever the type', () => {
    expect(resolve('date', null)).toBeNull();
  });
});

describe('what is no value of the type is refused, and the message says what would be', () => {
  test.each<[ParameterType, JsonValue, string]>([
    ['text', 5, 'expected a text, got 5.'],
    ['text', 'a\0b', 'expected a text without U+0000'],
    ['text', '\ud800', 'expected a text without U+0000'],
    ['integer', 1.5, 'expected a whole number from'],
    ['integer', '1e3', 'expected a whole number from'],
    ['integer', ' 1', 'expected a whole number from'],
    ['integer', 9223372036854775808n, 'got 9223372036854775808.'],
    ['integer', true, 'got true.'],
    ['number', 'NaN', 'expected a number, got "NaN".'],
    ['number', '1,5', 'expected a number'],
    ['number', '', 'expected a number'],
    ['boolean', 1, 'expected true or false, got 1.'],
    ['date', '2026-02-29', 'expected a date such as 2026-01-31'],
    ['date', '26-01-31', 'expected a date'],
    ['date', '0000-01-01', 'expected a date'],
    ['date', 'Yesterday', 'or today, yesterday or tomorrow, got "Yesterday".'],
    ['date', 'toString', 'expected a date'],
    ['timestamp', '2026-01-31', 'expected an ISO 8601 timestamp'],
    ['timestamp', '2026-02-30T00:00Z', 'expected an ISO 8601 timestamp'],
    ['timestamp', '2026-01-31T24:00Z', 'expected an ISO 8601 timestamp'],
    ['timestamp', '2026-01-31T09:30:00.1234567Z', 'expected an ISO 8601 timestamp'],
    ['timestamp', '9999-12-31T23:59-12', 'expected an ISO 8601 timestamp'],
    ['timestamp', 1767225600, 'expected an ISO 8601 timestamp'],
    [
      'timestamp',
      '2026-03-29T02:30',
      'expected an offset with a time which the clocks of Europe/Berlin leave out',
    ],
    [
      'timestamp',
      '2026-10-25T02:30',
      'expected an offset with a time which the clocks of Europe/Berlin show twice',
    ],
    ['uuid', '123e4567e89b12d3a456426614174000', 'expected a UUID'],
    ['json', '{"a":}', 'expected a JSON value'],
    ['text', ['a'], 'got a list.'],
    ['uuid', { a: 1 }, 'got an object.'],
    ['integer', 'x'.repeat(500), `${'x'.repeat(78)}….`],
  ])('%s: %o', (type, value, message) => {
    expect(resolve(type, value)).toContain(message);
  });
});

describe("the words for days are read on the job's clocks, from the anchor", () => {
  test.each([
    ['today', 'Europe/Berlin', '2026-03-01'],
    ['yesterday', 'Europe/Berlin', '2026-02-28'],
    ['tomorrow', 'Europe/Berlin', '2026-03-02'],
    ['today', 'UTC', '2026-02-28'],
    ['tomorrow', 'UTC', '2026-03-01'],
    ['today', 'Pacific/Apia', '2026-03-01'],
  ])('%s in %s', (word, timeZone, expected) => {
    expect(resolve('date', word, timeZone)).toBe(expected);
  });
});

describe('names', () => {
  const spec = (change: Partial<ParameterSpec> = {}): ParameterSpec => ({
    type: 'text',
    description: null,
    ...change,
  });
  const problems = (parameters: Record<string, ParameterSpec>, given: Record<string, JsonValue>) => {
    const resolved = resolveParameters({ timeZone: 'UTC', parameters }, given, ANCHOR);
    return resolved.ok ? [] : resolved.problems.map(({ path, message }) => `${path}: ${message}`);
  };

  test('defaults fill in what is not given, and words in them are read anew each time', () => {
    const parameters = {
      day: spec({ type: 'date', default: 'yesterday' }),
      note: spec({ default: null }),
      who: spec(),
    };
    expect(resolveParameters({ timeZone: 'UTC', parameters }, { who: 'me' }, ANCHOR)).toEqual({
      ok: true,
      values: { day: '2026-02-27', note: null, who: 'me' },
    });
  });

  test('everything wrong is told at once, path by path', () => {
    expect(problems({ day: spec({ type: 'date' }), who: spec() }, { dya: 'x', day: 5 })).toEqual([
      'parameters.dya: The job has no parameter "dya". Did you mean "day"?',
      'parameters.day: expected a date such as 2026-01-31, or today, yesterday or tomorrow, got 5.',
      'parameters.who: Missing: it has no default, so the message must give it (text).',
    ]);
  });

  test.each(['__proto__', 'constructor', 'toString'])('%s is a name like any other', (name) => {
    const given = parseJson(`{"${name}": "x"}`) as Record<string, JsonValue>;
    expect(problems({}, given)).toEqual([
      `parameters.${name}: The job has no parameter "${name}". The job has none.`,
    ]);
    expect(problems({ [name]: spec({ default: 'x' }) }, {})).toEqual([]);
    expect(problems(Object.fromEntries([[name, spec()]]), {})).toHaveLength(1);
  });
});
