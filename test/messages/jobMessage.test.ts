import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/lib/json.ts';
import { decodeBody } from '../../src/lib/messages/decode.ts';
import {
  encodeJobMessage,
  type JobMessage,
  jobNamedBy,
  readJobMessage,
} from '../../src/lib/messages/jobMessage.ts';
import { occurrenceRunId, runIdOf } from '../../src/lib/messages/runId.ts';

function problems(json: string): string[] {
  const read = readJobMessage(parseJson(json));
  return read.ok
    ? []
    : read.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

const OWN = { runId: 'user:x', attempt: 2, deferrals: 1, catalog: 'abc' };

describe('readJobMessage', () => {
  it.each([
    '{"job":"close-day"}',
    '{"job":"billing/close-day","runId":"2026-03-01 #1 Zürich","scheduledFor":"2026-03-01T02:00:00.123456+01:00"}',
    '{"job":"a","database":"eu","parameters":{"day":"2026-01-01","n":12345678901234567890,"on":null,"constructor":1}}',
  ])('takes %s', (json) => {
    expect(readJobMessage(parseJson(json))).toEqual({ ok: true, message: parseJson(json) });
  });

  it('takes the bare name of a job', () => {
    expect(readJobMessage('close-day')).toEqual({ ok: true, message: { job: 'close-day' } });
  });

  it.each<[string, string[]]>([
    ['{}', ["job: is missing: a job's name, such as billing/close-day"]],
    ['5', ['must be an object such as { "job": "close-day" }, or just the name of a job']],
    ['[]', ['must be an object such as { "job": "close-day" }, or just the name of a job']],
    ['null', ['must be an object such as { "job": "close-day" }, or just the name of a job']],
    ['"not a name!"', ['must be an object such as { "job": "close-day" }, or just the name of a job']],
    [
      '{"job":"../etc/passwd"}',
      [
        "job: must be a job's name: the path of its file below jobs/ without .sql, in lower-case letters, digits, - and _",
      ],
    ],
    [`{"job":"${'a'.repeat(201)}"}`, ['job: must have at most 200 characters']],
    ['{"job":"a","runId":"a\\u00a0b"}', [expect.stringMatching(/^runId: must be 1 to 200 printable/)]],
    [
      '{"job":"a/"}',
      [
        "job: must be a job's name: the path of its file below jobs/ without .sql, in lower-case letters, digits, - and _",
      ],
    ],
    ['{"job":"a","paramters":{}}', ['paramters: is not a known key. Did you mean "parameters"?']],
    ['{"job":"a","jobs":1}', ['jobs: is not a known key. Did you mean "job"?']],
    [
      '{"job":"a","colour":1}',
      [
        'colour: is not a known key. Known keys: job, runId, scheduledFor, database, parameters, force, nightshift.',
      ],
    ],
    ['{"job":"a","__proto__":{}}', [expect.stringMatching(/^__proto__: is not a known key/)]],
    ['{"job":"a","constructor":{}}', [expect.stringMatching(/^constructor: is not a known key/)]],
    ['{"job":"a","parameters":{"__proto__":1}}', ['parameters.__proto__: is not a possible name']],
    ['{"job":"a","parameters":[1]}', ['parameters: must be an object of names and values']],
    [
      '{"job":"a","parameters":1.10000000000000000001}',
      ['parameters: must be an object of names and values'],
    ],
    ['{"job":"a","parameters":null}', ['parameters: must be an object of names and values']],
    ['{"job":"a","runId":""}', ['runId: must be 1 to 200 printable characters without space at either end']],
    [
      '{"job":"a","runId":" a"}',
      ['runId: must be 1 to 200 printable characters without space at either end'],
    ],
    [
      '{"job":"a","runId":"a\\u200bb"}',
      ['runId: must be 1 to 200 printable characters without space at either end'],
    ],
    [`{"job":"a","runId":"${'🌙'.repeat(201)}"}`, [expect.stringMatching(/^runId: must be 1 to 200/)]],
    ['{"job":"a","runId":7}', ['runId: must be text']],
    [
      '{"job":"a","database":"EU 1"}',
      [expect.stringMatching(/^database: must be the name of a configured database/)],
    ],
    ...['2026-03-01', '2026-03-01T02:00:00', '2026-02-29T00:00:00Z', '0000-01-01T00:00:00Z', 'tomorrow'].map(
      (instant): [string, string[]] => [
        `{"job":"a","scheduledFor":"${instant}"}`,
        ['scheduledFor: must be an instant in ISO 8601 with Z or an offset, such as 2026-03-01T02:00:00Z'],
      ],
    ),
    ['{"job":"a","parameters":{"t":"a\\u0000b"}}', [expect.stringMatching(/^parameters\.t: holds U\+0000/)]],
    [
      '{"job":"a","parameters":{"t":[{"x":"\\ud800"}]}}',
      [expect.stringMatching(/^parameters\.t\[0\]\.x: holds/)],
    ],
    [
      '{"job":"a","nightshift":{"attempt":0}}',
      [
        'nightshift.runId: is missing: a run id',
        'nightshift.attempt: must be a whole number from 1',
        'nightshift.deferrals: is missing: a whole number from 0',
        "nightshift.catalog: is missing: the catalog's hash",
      ],
    ],
  ])('says what is wrong with %s', (json, expected) => {
    expect(problems(json)).toEqual(expected);
  });

  it('tells all problems at once', () => {
    const json =
      '{"job":7,"runId":"","database":"?","parameters":{"t":"\\u0000"},"extra":1,"nightshift":{"x":1}}';
    expect(problems(json).map((text) => text.split(':')[0])).toEqual([
      'job',
      'runId',
      'database',
      'nightshift.runId',
      'nightshift.attempt',
      'nightshift.deferrals',
      'nightshift.catalog',
      'nightshift.x',
      'extra',
      'parameters.t',
    ]);
  });

  it('takes a run id of 200 characters, whatever their size', () => {
    expect(problems(`{"job":"a","runId":"${'🌙'.repeat(200)}"}`)).toEqual([]);
  });
});

describe('encodeJobMessage', () => {
  it('comes back the same through decodeBody, digits and all', () => {
    const message: JobMessage = {
      job: 'a',
      scheduledFor: '2026-03-01T02:00:00Z',
      parameters: { big: 12345678901234567890n, text: 'Zürich\u2028"\\', json: { a: [1, null, true] } },
      nightshift: { ...OWN, firstSeenAt: '2026-03-01T02:00:01Z' },
    };
    const decoded = decodeBody(encodeJobMessage(message));
    expect(decoded.ok && readJobMessage(decoded.value)).toEqual({ ok: true, message });
  });

  it('keeps a decimal that no double holds', () => {
    const read = readJobMessage(parseJson('{"job":"a","parameters":{"n":1.10000000000000000001}}'));
    expect(read.ok && Buffer.from(encodeJobMessage(read.message)).toString()).toBe(
      '{"job":"a","parameters":{"n":1.10000000000000000001}}',
    );
  });
});

describe('a run id', () => {
  it.each<[JobMessage, string]>([
    [{ job: 'a' }, 'message:m-1'],
    [{ job: 'a', runId: 'x' }, 'user:x'],
    [
      { job: 'a', runId: 'schedule:a@2026-03-01T02:00:00Z/main' },
      'user:schedule:a@2026-03-01T02:00:00Z/main',
    ],
    [{ job: 'a', runId: 'x', nightshift: { ...OWN, runId: 'message:m-0' } }, 'message:m-0'],
  ])('of %j is %s', (message, runId) => {
    expect(runIdOf(message, 'm-1')).toBe(runId);
  });

  it('of an occurrence is its job, its instant and its database', () => {
    const instant = Date.parse('2026-03-01T02:00:00Z');
    expect(occurrenceRunId('billing/close', instant, 'eu')).toBe(
      'schedule:billing/close@2026-03-01T02:00:00Z/eu',
    );
  });
});

describe('jobNamedBy', () => {
  it.each([
    ['{"job":"a","extra":1}', 'a'],
    ['"a"', 'a'],
    ['{"job":7}', null],
    ['[]', null],
  ])('of %s is %s', (json, job) => {
    expect(jobNamedBy(parseJson(json))).toBe(job);
  });
});
