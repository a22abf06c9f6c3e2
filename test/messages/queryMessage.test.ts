import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/lib/json.ts';
import { parameterTexts, readQueryMessage, returnAddress } from '../../src/lib/messages/queryMessage.ts';

const RESULTS = 'nightshift-results';

function problems(json: string, resultsQueue = RESULTS): string[] {
  const read = readQueryMessage(parseJson(json), resultsQueue);
  return read.ok
    ? []
    : read.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

describe('readQueryMessage', () => {
  it('fills in the defaults', () => {
    expect(readQueryMessage({ sql: 'SELECT 1' }, RESULTS)).toEqual({
      ok: true,
      message: {
        sql: 'SELECT 1',
        parameters: [],
        database: 'main',
        maxRows: 1000,
        timeoutMs: 30_000,
        replyQueue: null,
      },
    });
  });

  it('takes every key', () => {
    const json =
      '{"queryId":"q 1","sql":"SELECT $1","parameters":[12345678901234567890],"database":"eu","maxRows":10000,"timeout":"5m","replyTo":"cli-1"}';
    expect(readQueryMessage(parseJson(json), RESULTS)).toEqual({
      ok: true,
      message: {
        queryId: 'q 1',
        sql: 'SELECT $1',
        parameters: [12345678901234567890n],
        database: 'eu',
        maxRows: 10_000,
        timeoutMs: 300_000,
        replyQueue: 'nightshift-results-cli-1',
      },
    });
  });

  const ROWS = 'maxRows: must be a whole number from 1 to 10000';
  const TIMEOUT = 'timeout: must be a duration from 1ms to 5m, such as 500ms, 30s or 2m';
  const REPLY = 'replyTo: must be lower-case letters, digits and single dashes between them';
  it.each<[string, string[]]>([
    ['{}', ['sql: is missing: one SQL statement']],
    ['"SELECT 1"', ['must be an object such as { "sql": "SELECT 1" }']],
    ['{"sql":" \\n"}', ['sql: is empty: it must be one SQL statement']],
    ['{"sql":"SELECT 1\\u0000; DROP"}', [expect.stringMatching(/^sql: holds U\+0000/)]],
    ['{"sql":"a","parameters":{"a":1}}', ['parameters: must be an array: the values of $1, $2 and so on']],
    [
      '{"sql":"a","parameters":["\\udc00"]}',
      [expect.stringMatching(/^parameters\[0\]: holds U\+0000 or half/)],
    ],
    ['{"sql":"a","maxRows":0}', [ROWS]],
    ['{"sql":"a","maxRows":10001}', [ROWS]],
    ['{"sql":"a","maxRows":1.5}', [ROWS]],
    ['{"sql":"a","maxRows":12345678901234567890}', [ROWS]],
    ['{"sql":"a","maxRows":"10"}', [ROWS]],
    ['{"sql":"a","timeout":"0s"}', [TIMEOUT]],
    ['{"sql":"a","timeout":"301s"}', [TIMEOUT]],
    ['{"sql":"a","timeout":"soon"}', [TIMEOUT]],
    ['{"sql":"a","timeout":30}', [TIMEOUT]],
    ['{"sql":"a","replyTo":"A"}', [REPLY]],
    ['{"sql":"a","replyTo":"a--b"}', [REPLY]],
    ['{"sql":"a","replyTo":""}', [REPLY]],
    ['{"sql":"a","maxrows":5}', ['maxrows: is not a known key. Did you mean "maxRows"?']],
    ['{"sql":"a","__proto__":5}', [expect.stringMatching(/^__proto__: is not a known key/)]],
  ])('says what is wrong with %s', (json, expected) => {
    expect(problems(json)).toEqual(expected);
  });

  it('refuses a reply queue whose whole name is too long', () => {
    expect(problems(`{"sql":"a","replyTo":"${'x'.repeat(44)}"}`)).toEqual([]);
    expect(problems(`{"sql":"a","replyTo":"${'x'.repeat(45)}"}`)).toEqual([
      expect.stringMatching(/^replyTo: .* is no possible queue name: it must have at most 63 characters/),
    ]);
  });
});

describe('returnAddress', () => {
  it.each([
    [
      '{"queryId":"q","replyTo":"cli","sql":7,"extra":1}',
      { queryId: 'q', replyQueue: 'nightshift-results-cli' },
    ],
    ['{"queryId":7,"replyTo":"?"}', { queryId: null, replyQueue: null }],
    ['[]', { queryId: null, replyQueue: null }],
  ])('of %s is what can be used of it', (json, address) => {
    expect(returnAddress(parseJson(json), RESULTS)).toEqual(address);
  });
});

describe('parameterTexts', () => {
  it('passes values in the text form that PostgreSQL reads', () => {
    const values = parseJson(
      '[null,"a",true,1.5,12345678901234567890,1.10000000000000000001,{"a":[1]},[1,2]]',
    );
    expect(parameterTexts(values as never)).toEqual([
      null,
      'a',
      'true',
      '1.5',
      '12345678901234567890',
      '1.10000000000000000001',
      '{"a":[1]}',
      '[1,2]',
    ]);
  });
});
