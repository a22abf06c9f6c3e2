import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText, type JsonValue } from '../../src/lib/json.ts';
import { makeEvent, outcomeId, type RunEvent, runEventSchema } from '../../src/lib/messages/event.ts';
import { EVENT_BYTES, encodeEvent } from '../../src/lib/messages/fitEvent.ts';
import type { ErrorData } from '../../src/lib/messages/resultData.ts';
import type { RunData } from '../../src/lib/messages/runData.ts';
import { anyText } from './anyText.ts';

const ERROR: ErrorData = {
  sqlState: '23505',
  message: 'duplicate key',
  detail: null,
  hint: null,
  file: 'jobs/a.sql',
  line: 3,
  column: 1,
  retryable: false,
};

function runEvent(data: Partial<RunData>): RunEvent {
  return makeEvent<RunEvent>({
    source: '/nightshift',
    type: 'nightshift.run.succeeded',
    id: outcomeId('user:x', 'succeeded'),
    subject: 'a',
    time: '2026-03-01T02:00:01Z',
    data: {
      runId: 'user:x',
      job: 'a',
      database: 'main',
      scheduledFor: null,
      startedAt: '2026-03-01T02:00:00Z',
      finishedAt: '2026-03-01T02:00:01Z',
      lateness: null,
      attempt: 1,
      statements: [],
      columns: [],
      rows: [],
      truncated: false,
      error: null,
      ...data,
    },
  });
}

/** As a consumer reads it, held to the schema. */
function sent(data: Partial<RunData>): { size: number; data: RunData } {
  const bytes = encodeEvent(runEvent(data));
  return {
    size: bytes.length,
    data: runEventSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).data,
  };
}

const row = (i: number, text = ''): JsonValue[] => [i, text];

describe('encodeEvent', () => {
  it('leaves an event that fits as it is', () => {
    const data = {
      rows: [row(1, 'a'), row(2, 'b')],
      columns: [{ name: 'n', type: 'integer' }],
      error: ERROR,
    };
    expect(sent(data).data).toMatchObject({ ...data, truncated: false });
  });

  it('cuts at a whole row, at the last one that fits', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => row(i, 'ö'.repeat(i % 40)));
    const { size, data } = sent({ rows });
    expect(data.truncated).toBe(true);
    expect(data.rows).toEqual(rows.slice(0, data.rows.length));
    const next = Buffer.byteLength(`,${JSON.stringify(rows[data.rows.length])}`);
    expect(size).toBeLessThanOrEqual(EVENT_BYTES);
    expect(size + next).toBeGreaterThan(EVENT_BYTES);
  });

  it('fills the message to the last byte', () => {
    const empty = encodeEvent(runEvent({ rows: [['']] })).length;
    const exact = sent({ rows: [['x'.repeat(EVENT_BYTES - empty)]] });
    expect(exact).toMatchObject({ size: EVENT_BYTES, data: { truncated: false } });
    expect(exact.data.rows).toHaveLength(1);
    expect(sent({ rows: [['x'.repeat(EVENT_BYTES - empty + 1)]] }).data).toMatchObject({
      truncated: true,
      rows: [],
    });
  });

  it('has no rows when the first one is a giant', () => {
    expect(sent({ rows: [['x'.repeat(1_000_000)], ['y']] }).data).toMatchObject({
      rows: [],
      truncated: true,
    });
  });

  it('stays truncated when the rows came so', () => {
    expect(sent({ rows: [['x']], truncated: true }).data).toMatchObject({ rows: [['x']], truncated: true });
  });

  it('cuts a long error between two characters, and says so', () => {
    const { size, data } = sent({
      error: { ...ERROR, message: '🌙'.repeat(100_000), detail: 'd'.repeat(100_000) },
    });
    expect(size).toBeLessThanOrEqual(EVENT_BYTES);
    expect(data.error?.message).toMatch(/^(🌙)+… \(cut: it had 200000 characters\)$/u);
    expect(data.error?.detail).toMatch(/^d+… \(cut: it had 100000 characters\)$/);
    expect(data.error?.message.length).toBeGreaterThan(1000);
    expect(data.truncated).toBe(false);
  });

  it('keeps the last of thousands of statements, and says that some are missing', () => {
    const statements = Array.from({ length: 5000 }, (_, i) => ({ command: 'INSERT', rowCount: i }));
    const { data } = sent({ statements });
    expect(data.truncated).toBe(true);
    expect(data.statements.at(-1)).toEqual({ command: 'INSERT', rowCount: 4999 });
    expect(data.statements.length).toBeGreaterThan(100);
  });

  it('tells how many problems it left out', () => {
    const problems = Array.from({ length: 3000 }, (_, i) => ({
      path: `parameters.p${i}`,
      message: 'is not known'.repeat(9),
    }));
    const kept = sent({ problems }).data.problems ?? [];
    expect(kept.at(-1)).toEqual({
      path: '',
      message: `There are ${3000 - (kept.length - 1)} more problems.`,
    });
  });

  it('leaves columns out when they alone are too large', () => {
    const columns = Array.from({ length: 1664 }, (_, i) => ({
      name: `column_${i}_${'x'.repeat(50)}`,
      type: 'text',
    }));
    expect(sent({ columns, rows: [columns.map(() => 1)] }).data).toMatchObject({
      columns: [],
      rows: [],
      truncated: true,
    });
  });

  it('replaces what other readers of JSON refuse', () => {
    const { data } = sent({ error: { ...ERROR, message: 'a\ud800b\0c', hint: '\udc00' } });
    expect(data.error).toMatchObject({ message: 'a\ufffdb\ufffdc', hint: '\ufffd' });
  });

  it('splices json in with all its digits', () => {
    const bytes = encodeEvent(
      runEvent({ rows: [new JsonText('["9007199254740993",{"n":9007199254740993, "d":1.10}]')] }),
    );
    expect(Buffer.from(bytes).toString()).toContain(
      '"rows":[["9007199254740993",{"n":9007199254740993, "d":1.10}]]',
    );
  });

  it('always fits and is always valid, whatever it is given', () => {
    const text = fc.oneof(
      anyText(100),
      fc.string().map((part) => `${part}\0\ud800`.repeat(3000)),
    );
    const error = fc.record({
      sqlState: fc.constant(null),
      message: text,
      detail: fc.option(text),
      hint: fc.option(text),
      file: fc.constant('jobs/a.sql'),
      line: fc.constant(1),
      column: fc.constant(1),
      retryable: fc.boolean(),
    });
    const errors = fc.array(
      error.map((each) => ({ ...each, attempt: 1, at: '2026-03-01T02:00:00Z' })),
      { maxLength: 40 },
    );
    const data = fc.record({
      rows: fc.array(fc.array(fc.oneof(text, fc.jsonValue() as fc.Arbitrary<JsonValue>, fc.bigInt()))),
      statements: fc
        .nat(4000)
        .map((n) => Array.from({ length: n }, () => ({ command: 'INSERT', rowCount: n }))),
      columns: fc
        .nat(1600)
        .map((n) => Array.from({ length: n }, () => ({ name: 'n'.repeat(63), type: 'text' }))),
      error: fc.option(error),
      errors,
      reason: text,
      problems: fc.array(fc.record({ path: text, message: text }), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(data, (some) => {
        expect(sent(some).size).toBeLessThanOrEqual(EVENT_BYTES);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses an event whose ids alone are too large', () => {
    expect(() => encodeEvent(runEvent({ runId: 'x'.repeat(EVENT_BYTES) }))).toThrow(/ids too large/);
  });

  it('reads each row once, however many there are', () => {
    let reads = 0;
    const watched = () =>
      Object.defineProperty([], 0, {
        enumerable: true,
        get() {
          reads++;
          return 'x';
        },
      });
    encodeEvent(runEvent({ rows: Array.from({ length: 2000 }, watched) }));
    expect(reads).toBe(2000);
  });
});
