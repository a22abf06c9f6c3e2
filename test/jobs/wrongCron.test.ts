import { describe, expect, test } from 'vitest';
import { parseSchedule, ScheduleError } from '../../src/lib/jobs/schedule.ts';

const refusal = (text: string, zone = 'UTC'): string => {
  try {
    parseSchedule(text, zone);
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
  return 'accepted';
};

const FIELDS = ['second', 'minute', 'hour', 'day of month', 'month', 'weekday'];

/** Six fields of which one is as given. */
const withField = (index: number, item: string) =>
  FIELDS.map((_, position) => (position === index ? item : position < 3 ? '0' : '*')).join(' ');

/** What no field takes. */
const NOWHERE = [
  ...[',', '1,', ',1', '1,,2', '*,', ',*', '*,,*'],
  ...['/', '*/', '/5', '1/', '*/0', '*/00', '*/-1', '*/+1', '*/1.5', '*/x', '*/*', '*/999', '*/2/2', '*/1-5'],
  ...['1/2', '*,*/0', '1-5/0', '1-5/', '1-5/x', '1-5/99', '1,2/3'],
  ...['-', '1-', '-1', '--', '1--2', '1-2-3', '*-5', '1-*', '5-1', '1-99', '99-1', '-1-5', '1-5,9-3'],
  ...[
    '**',
    '*1',
    '1*',
    '*!',
    '!1',
    '^1',
    '$',
    '%',
    '&',
    '~',
    '1~5',
    '1..5',
    '1:5',
    '1;5',
    '1|5',
    '(1)',
    '[1]',
  ],
  ...['99', '60', '100', '9999', '99999', '1.5', '1e1', '0x1', '+1', '1_0', '01234', '1,99', '-0'],
  ...['"1"', "'*'", '`1`', '{}', '<1>', '1=1', '\\*', '#', '#1', '1#', 'a@1', '?'],
  ...[
    'H',
    'H/15',
    'R',
    'C',
    'x',
    'every',
    'null',
    'NaN',
    'Infinity',
    'undefined',
    'constructor',
    '__proto__',
  ],
  ...['１', '٣', '∗', '＊', '½', 'Ⅳ', '1‑5', '1–5', '1−5', '😀', 'é', '1\u0000', '\u200b*'],
];

describe.each(FIELDS.map((name, index) => ({ name, index })))('the $name', ({ name, index }) => {
  test.each(NOWHERE)('%j is refused, by the name of the field', (item) => {
    const message = refusal(withField(index, item));
    expect(message.startsWith(`${name} `)).toBe(true);
    // It quotes the item of the list that is wrong, and is a sentence.
    const quoted = /^[a-z ]+ (?:is empty|"(.*?)"):/.exec(message);
    expect(quoted).not.toBeNull();
    expect(item.split(',')).toContain(quoted?.[1] ?? '');
    expect(message).toMatch(/[.?]$/);
  });
});

describe('what another field would take', () => {
  test.each([
    ['second', 'MON'],
    ['second', 'JAN'],
    ['second', 'L'],
    ['minute', 'L'],
    ['minute', '15W'],
    ['minute', 'SUN'],
    ['hour', '24'],
    ['hour', '23-24'],
    ['hour', '12PM'],
    ['hour', '8:00'],
    ['hour', '1L'],
    ['hour', '1#1'],
    ['hour', '*/24'],
    ['day of month', '0'],
    ['day of month', '32'],
    ['day of month', '0-5'],
    ['day of month', 'MON'],
    ['day of month', '*/31'],
    ['day of month', '1#1'],
    ['day of month', '5L'],
    ['day of month', 'L5'],
    ['day of month', 'L-3'],
    ['day of month', 'LL'],
    ['day of month', 'WL'],
    ['day of month', 'W'],
    ['day of month', 'W15'],
    ['day of month', '0W'],
    ['day of month', '32W'],
    ['day of month', '15WL'],
    ['day of month', '1-5W'],
    ['day of month', '*W'],
    ['day of month', '1st'],
    ['month', '0'],
    ['month', '13'],
    ['month', 'MON'],
    ['month', 'JANUARY'],
    ['month', 'JA'],
    ['month', 'MAI'],
    ['month', 'L'],
    ['month', '*/12'],
    ['month', 'NOV-FEB'],
    ['month', 'JAN/2'],
    ['month', 'JAN-'],
    ['month', '1-JA'],
    ['weekday', '8'],
    ['weekday', 'JAN'],
    ['weekday', 'MONDAY'],
    ['weekday', 'MO'],
    ['weekday', 'L'],
    ['weekday', 'LW'],
    ['weekday', '1W'],
    ['weekday', '8L'],
    ['weekday', 'FRYL'],
    ['weekday', 'LFRI'],
    ['weekday', '5#0'],
    ['weekday', '5#6'],
    ['weekday', '8#1'],
    ['weekday', '5#-1'],
    ['weekday', 'FRI#'],
    ['weekday', 'FRI#2#3'],
    ['weekday', 'FRI#L'],
    ['weekday', 'MON-FRI#2'],
    ['weekday', 'FRI-MON'],
    ['weekday', '6-0'],
    ['weekday', '*/8'],
    ['weekday', '*#1'],
  ])('%s %s is refused', (name, item) => {
    expect(refusal(withField(FIELDS.indexOf(name), item))).toMatch(`${name} "${item}": `);
  });
});

test.each([
  ['', '"" has 0 fields'],
  ['   ', '"" has 0 fields'],
  ['*', '"*" has 1 field:'],
  ['0', '"0" has 1 field:'],
  ['* *', 'has 2 fields'],
  ['* * *', 'has 3 fields'],
  ['* * * *', 'has 4 fields'],
  ['0 2', 'has 2 fields'],
  ['0 0 12 * * ? 2026', 'has 7 fields'],
  ['* * * * * * *', 'has 7 fields: expected five (minute, hour, day of month, month, weekday), or six with'],
  ['2026-01-01T00:00:00Z', 'has 1 field:'],
  ['every day at 2', 'has 4 fields'],
  ['every 5 minutes', 'has 3 fields'],
  ['daily', '"daily" has 1 field:'],
  ['0 2 * * * root /bin/true', 'has 7 fields'],
  // Six fields begin with seconds.
  ['0 2 * * * root', 'weekday "root": expected 0 to 7'],
  ['0 2 * * *; DROP', 'month "*;"'],
  ['@', '"@" is none of @yearly'],
  ['@dayly', '"@dayly" is none of @yearly'],
  ['@reboot', '"@reboot" is none of'],
  ['@daily 5', '"@daily 5" is none of'],
  ['@ daily', '"@ daily" is none of'],
  ['@__proto__', '"@__proto__" is none of'],
  ['@constructor', 'is none of'],
])('%j as a whole: %s', (text, message) => {
  expect(refusal(text)).toContain(message);
});

test.each([
  ['', 'is no interval'],
  ['0', 'is no interval'],
  ['90', 'is no interval'],
  ['-5m', 'is no interval'],
  ['-0s', 'is no interval'],
  ['+5m', 'is no interval'],
  ['1.5h', 'is no interval'],
  ['1e3s', 'is no interval'],
  ['5 m', 'is no interval'],
  ['5M', 'is no interval'],
  ['1H', 'is no interval'],
  ['1y', 'is no interval'],
  ['1w', 'is no interval'],
  ['1mo', 'is no interval'],
  ['5min', 'is no interval'],
  ['PT5M', 'is no interval'],
  ['00:05:00', 'is no interval'],
  ['1m1h', 'is no interval'],
  ['1s1s', 'is no interval'],
  ['5m * * * *', 'is no interval'],
  ['1234567890s', 'is no interval'],
  ['٣s', 'is no interval'],
  ['0s', 'is too short: an interval is at least 1s.'],
  ['0d0h0m', 'is too short'],
  ['999ms', 'is too short'],
  ['1500ms', 'is not in whole seconds.'],
  ['1s1ms', 'is not in whole seconds.'],
  ['367d', 'is too long: an interval is at most 366d.'],
  ['366d1s', 'is too long'],
  ['8785h', 'is too long'],
  ['999999999d', 'is too long'],
])('@every %s %s', (interval, message) => {
  expect(refusal(`@every ${interval}`)).toMatch(`"${interval}" ${message}`);
});

test.each([
  ...['', ' ', 'UTC ', ' UTC', 'utc', 'Z', 'local', 'null', 'constructor', '0', '1', '::'],
  ...['PST', 'PDT', 'EDT', 'CST', 'BST', 'IST', 'CEST', 'JST', 'AEST', 'SGT'],
  ...['+01:00', '-08:00', '+1', '-0', '+0100', 'UTC+1', 'UTC-08:00', 'GMT+1', 'GMT+01:00', 'CET+1'],
  ...[
    'Berlin',
    'Europe',
    'Europe/',
    '/Berlin',
    'Europe/Berln',
    'europe/berlin',
    'EUROPE/BERLIN',
    'Europe/berlin',
  ],
  ...['Europe Berlin', 'Europe\\Berlin', 'Europe/Berlin\n', 'Europe/Berlin,UTC', 'Europe/Berlin/Mitte'],
  ...['Mars/Olympus', 'America/Chicgo', 'US/Berlin', 'Etc/GMT+15', 'Etc/UTC+1', 'SystemV/PST8', 'Asia/Tokyо'],
  ...[
    'W. Europe Standard Time',
    'Eastern Standard Time',
    'Central European Time',
    ':Europe/Berlin',
    'posix/UTC',
  ],
])('time zone %j is refused, quoted', (zone) => {
  expect(refusal('@daily', zone)).toMatch(`"${zone}" is `);
});

test.each([
  ['0 0 30 2 *'],
  ['0 0 31 2 *'],
  ['0 0 30,31 FEB *'],
  ['0 0 30-31 2 *'],
  ['0 0 31 4 *'],
  ['0 0 31 2,4,6,9,11 *'],
  ['0 0 31 APR,JUN *'],
  ['*/5 * * 31 9 *'],
  ['0 0 31 11 */2'],
  ['0 0 30W 2 *'],
  ['0 0 31W 6 *'],
])('%s never occurs, and is refused', (text) => {
  expect(refusal(text)).toBe(`"${text}" never comes: no month it names has such a day.`);
});
