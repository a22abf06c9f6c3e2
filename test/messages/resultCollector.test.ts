import { describe, expect, it } from 'vitest';
import { toJson } from '../../src/lib/json.ts';
import { ResultCollector } from '../../src/lib/messages/resultCollector.ts';

const INT8 = 20;
const TEXT = 25;
const BYTEA = 17;
const COLUMNS = [
  { name: 'id', typeOid: INT8 },
  { name: 'name', typeOid: TEXT },
];

function rows(collector: ResultCollector): string[] {
  return collector.result([]).rows.map((row) => toJson(row));
}

describe('ResultCollector', () => {
  it('gives columns and rows as an event has them', () => {
    const collector = new ResultCollector();
    collector.begin(COLUMNS);
    collector.row(['1', 'a']);
    collector.row(['2', null]);
    expect(collector.result([{ command: 'SELECT', rowCount: 2 }])).toMatchObject({
      statements: [{ command: 'SELECT', rowCount: 2 }],
      columns: [
        { name: 'id', type: 'bigint' },
        { name: 'name', type: 'text' },
      ],
      truncated: false,
    });
    expect(rows(collector)).toEqual(['["1","a"]', '["2",null]']);
  });

  it('has neither columns nor rows when nothing returned any', () => {
    expect(new ResultCollector().result([])).toEqual({
      statements: [],
      columns: [],
      rows: [],
      truncated: false,
    });
  });

  it('keeps the rows of the last statement that returns any', () => {
    const collector = new ResultCollector(30);
    collector.begin(COLUMNS);
    for (let i = 0; i < 100; i++) collector.row(['1', 'a']);
    collector.begin([{ name: 'n', typeOid: TEXT }]);
    collector.row(['x']);
    expect(collector.result([])).toMatchObject({ columns: [{ name: 'n', type: 'text' }], truncated: false });
    expect(rows(collector)).toEqual(['["x"]']);
  });

  it('stops at the first row that does not fit, even if later ones would', () => {
    const collector = new ResultCollector(100);
    collector.begin([{ name: 'n', typeOid: TEXT }]);
    expect(collector.row(['a'])).toBe(true);
    expect(collector.row(['b'.repeat(100)])).toBe(false);
    expect(collector.row(['c'])).toBe(false);
    expect(rows(collector)).toEqual(['["a"]']);
    expect(collector.result([]).truncated).toBe(true);
  });

  it('keeps bytes that are shorter in base64 than in hex', () => {
    const collector = new ResultCollector(1000);
    collector.begin([{ name: 'b', typeOid: BYTEA }]);
    expect(collector.row([`\\x${'00'.repeat(720)}`])).toBe(true);
  });

  it('holds no more than its limit, however much streams by', () => {
    const collector = new ResultCollector();
    collector.begin(COLUMNS);
    for (let i = 0; i < 1_000_000; i++) collector.row([String(i), 'some text that takes room']);
    const kept = rows(collector).join(',').length;
    expect(kept).toBeLessThanOrEqual(49_152);
    expect(kept).toBeGreaterThan(49_000);
  });
});

it('is truncated when a row was too large to come at all', () => {
  const collector = new ResultCollector();
  collector.begin([{ name: 'a', typeOid: 25 }]);
  collector.leftOut();
  expect(collector.row(['after it'])).toBe(false);
  expect(collector.result([])).toMatchObject({ rows: [], truncated: true });
});
