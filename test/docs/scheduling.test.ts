import { expect, test } from 'vitest';
import { occurrences, parseSchedule } from '../../src/lib/jobs/schedule.ts';
import { page, section, tableRows } from './pages.ts';

const DAY_MS = 86_400_000;
const scheduling = page('docs/scheduling.md');
const plain = (cell = '') => cell.replaceAll('`', '');

/** A day on the clocks of a zone: its occurrences as the table tells them. */
function onDay(expression: string, zone: string, day: string): string {
  const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
  const start = Date.parse(`${day}T00:00:00Z`) - DAY_MS;
  const found = [...occurrences(parseSchedule(expression, zone), start, start + 3 * DAY_MS)].filter(
    (instant) => dayOf.format(instant) === day,
  );
  return found.length > 2
    ? `${found.length} times`
    : found.map((instant) => new Date(instant).toISOString().slice(11, 16)).join(' ');
}

test('the table of daylight saving is what schedules do', () => {
  const rows = tableRows(section(scheduling, '## Daylight saving')).map((row) => row.map(plain));
  expect(rows.length).toBeGreaterThan(5);
  for (const [expression = '', zone = '', day = '', told] of rows) {
    expect({ expression, zone, day, told: onDay(expression, zone, day) }).toEqual({
      expression,
      zone,
      day,
      told,
    });
  }
});

test('every expression of the page is one', () => {
  const rows = tableRows(section(scheduling, '## Cron'));
  expect(rows.length).toBeGreaterThan(3);
  for (const [expression] of rows) parseSchedule(plain(expression), 'UTC');
  const taken = scheduling.text.replace(section(scheduling, '## What is refused'), '');
  const inline = [...taken.matchAll(/`(@\w+|[\d*/,A-Z#-]+(?: [\d*/,A-Z#-]+){4,5})`/g)];
  for (const [, expression = ''] of inline) parseSchedule(expression, 'UTC');
  expect(inline.length).toBeGreaterThan(10);
});
