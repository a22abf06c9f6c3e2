import pc from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { csvLine } from '../../src/cli/output/csv.ts';
import { cut } from '../../src/cli/output/cut.ts';
import { terminalWidth } from '../../src/cli/output/output.ts';
import { renderTable } from '../../src/cli/output/table.ts';
import { durationText, timeText } from '../../src/cli/output/time.ts';
import { visible, visibleLines } from '../../src/cli/output/visible.ts';

const plain = { width: null, colors: pc.createColors(false) };
const narrow = (width: number) => ({ ...plain, width });

describe('what a terminal would obey is shown instead', () => {
  test.each([
    ['\x1b[31mred', '\\x1b[31mred'],
    ['\x9b2J', '\\x9b2J'],
    ['a\tb\r\n', 'a\\tb\\r\\n'],
    ['\u202eevil', '\\u202eevil'],
    ['\u2028\ufeff\u200b', '\\u2028\\ufeff\\u200b'],
    ['half \ud83d', 'half \\ud83d'],
    ['👩‍👩‍👧 é שלום', '👩‍👩‍👧 é שלום'],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('but line feeds and tabs of a text that has lines', () => {
    expect(visibleLines('a\r\n\tb\x1b\u2029')).toBe('a\n\tb\\x1b\\u2029');
  });
});

test.each([
  [{ isTTY: true, columns: 20 }, 20],
  [{ isTTY: true, columns: 0 }, 80],
  [{ isTTY: false, columns: 20 }, null],
])('the width of %j is %j', (stream, width) => {
  expect(terminalWidth(stream)).toBe(width);
});

describe('a table', () => {
  test('aligns by what a terminal shows, wide characters and right-to-left text included', () => {
    const rows = [
      ['日本', '1'],
      ['שלום', '22'],
      ['👍🏽', ''],
    ];
    const table = renderTable([{ name: 'word' }, { name: 'n', align: 'right' }], rows, plain);
    expect(table.split('\n')).toEqual(['word   n', '────  ──', '日本   1', 'שלום  22', '👍🏽']);
  });

  test.each([20, 21, 40, 79, 80])('fits a terminal of %i columns', (width) => {
    const columns = ['id', 'a column', 'another one', '列'].map((name) => ({ name }));
    const rows = [['1', 'x'.repeat(100), '日'.repeat(60), '👩‍👩‍👧'.repeat(50)]];
    const lines = renderTable(columns, rows, narrow(width)).split('\n');
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
  });

  test('cuts the widest columns, and those to be kept last', () => {
    const columns = [{ name: 'id', keep: true }, { name: 'text' }];
    const table = renderTable(columns, [['0123456789', 'abcdefghijklmnop']], narrow(22));
    expect(table.split('\n')[2]).toBe('0123456789  abcdefghi…');
  });

  test('becomes records where its columns would get too narrow to be read', () => {
    const columns = ['first', 'second', 'third'].map((name) => ({ name }));
    const rows = [
      ['one', 'two', 'three is longer than that'],
      ['1', '2', '3'],
    ];
    expect(renderTable(columns, rows, narrow(20)).split('\n')).toEqual([
      'first   one',
      'second  two',
      'third   three is lo…',
      '─'.repeat(20),
      'first   1',
      'second  2',
      'third   3',
    ]);
  });

  test('takes time that grows with its rows, not with their square', () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => [String(i), 'x'.repeat(50)]);
    const started = performance.now();
    renderTable([{ name: 'a' }, { name: 'b' }], rows, narrow(40));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['日本語', 4, '日…'],
  ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
  ['abc', 0, ''],
])('cut(%j, %i)', (text, width, expected) => {
  expect(cut(text, width)).toBe(expected);
});

test('CSV keeps NULL and the empty text apart, and quotes what needs it', () => {
  expect(csvLine(['a', null, '', 'b,c', 'say "x"', 'two\nlines', '\x1b'])).toBe(
    'a,,"","b,c","say ""x""","two\nlines",\x1b',
  );
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_250, '1.2 s'],
  [59_990, '59.9 s'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [273_600_000, '3 d 4 h'],
])('%i ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test('an instant is shown on the clocks of a zone', () => {
  expect(timeText(Date.parse('2026-07-01T22:30:00Z'), 'Europe/Berlin')).toBe('2026-07-02 00:30:00');
});
