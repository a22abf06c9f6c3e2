import { expect, test } from 'vitest';
import { occurrences, parseSchedule } from '../../src/lib/jobs/schedule.ts';
import { timeZoneProblem } from '../../src/lib/jobs/timeZoneName.ts';
import { page, section, tableRows } from '../docs/pages.ts';

const scheduling = page('docs/scheduling.md');
const rowsBelow = (heading: string) =>
  tableRows(section(scheduling, heading)).map((row) => row.map((cell) => cell.replaceAll('`', '').trim()));

test('what the page calls refused is refused, with that message', () => {
  const rows = rowsBelow('## What is refused');
  expect(rows.length).toBeGreaterThan(5);
  for (const [expression = '', message] of rows) {
    expect(() => parseSchedule(expression, 'UTC')).toThrow(message ?? 'no message');
  }
});

test('intervals occur when the page says, by UTC', () => {
  const rows = rowsBelow('## Intervals');
  expect(rows.length).toBeGreaterThan(3);
  for (const [expression = '', zone = '', day = '', told] of rows) {
    const midnight = Date.parse(`${day}T00:00Z`);
    const found = [...occurrences(parseSchedule(expression, zone), midnight - 1, midnight + 86_399_999)];
    const times = found.map((instant) => new Date(instant).toISOString().slice(11, 16));
    expect([expression, day, found.length > 2 ? `${found.length} times` : times.join(' ')]).toEqual([
      expression,
      day,
      told,
    ]);
  }
});

test('the zones that the page refuses are refused', () => {
  expect(section(scheduling, '## Time zones')).toContain('`PST`');
  expect(timeZoneProblem('PST')).not.toBeNull();
  expect(timeZoneProblem('+01:00')).not.toBeNull();
  expect(timeZoneProblem('Europe/Berln')).toContain('Did you mean "Europe/Berlin"?');
});

test('three days of every five minutes are the occurrences that the page counts', () => {
  const [, missed = ''] = /runs once and (\d+) of its occurrences/.exec(scheduling.text) ?? [];
  const from = Date.parse('2026-01-01T00:00Z');
  const all = [...occurrences(parseSchedule('*/5 * * * *', 'UTC'), from, from + 3 * 86_400_000)];
  expect(Number(missed)).toBe(all.length - 1);
});
