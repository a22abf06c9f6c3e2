import { Cron as Croner } from 'croner';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCron } from '../../src/lib/jobs/cron.ts';
import { ScheduleError } from '../../src/lib/jobs/scheduleError.ts';
import { nextWallTime } from '../../src/lib/jobs/wallTime.ts';

const runs = (text: string, from: string, count: number) => {
  const cron = parseCron(text);
  const found: string[] = [];
  let wall: number | null = Date.parse(from);
  while (found.length < count) {
    wall = nextWallTime(cron, wall);
    if (wall === null) break;
    found.push(new Date(wall).toISOString().slice(0, 19));
  }
  return found;
};

describe('an expression is read as Vixie cron reads it', () => {
  test.each([
    ['five fields start on the minute', '5 4 * * *', ['2026-01-01T04:05:00', '2026-01-02T04:05:00']],
    ['six fields have seconds first', '30 5 4 * * *', ['2026-01-01T04:05:30', '2026-01-02T04:05:30']],
    ['names, in any case', '0 0 1 feb Mon', ['2026-02-01T00:00:00', '2026-02-02T00:00:00']],
    ['7 is Sunday', '0 0 * * 7', ['2026-01-04T00:00:00', '2026-01-11T00:00:00']],
    ['FRI-SUN ends the week', '0 0 * * FRI-SUN', ['2026-01-02T00:00:00', '2026-01-03T00:00:00']],
    ['lists, ranges and steps', '0 1-5/2,20 * * *', ['2026-01-01T01:00:00', '2026-01-01T03:00:00']],
    [
      'either day field is enough if both are restricted',
      '0 0 13 * FRI',
      ['2026-01-02T00:00:00', '2026-01-09T00:00:00'],
    ],
    // 2026-01-05 is the first Monday with an odd day of the month.
    [
      '*/2 as day is not restricted, so both must match',
      '0 0 */2 * MON',
      ['2026-01-05T00:00:00', '2026-01-19T00:00:00'],
    ],
    ['@daily', '@daily', ['2026-01-02T00:00:00', '2026-01-03T00:00:00']],
    ['@Hourly', '@Hourly', ['2026-01-01T01:00:00', '2026-01-01T02:00:00']],
    ['@weekly is Sunday', '@weekly', ['2026-01-04T00:00:00', '2026-01-11T00:00:00']],
    ['@yearly', '@yearly', ['2027-01-01T00:00:00', '2028-01-01T00:00:00']],
    ['29 February waits for leap years', '0 0 29 2 *', ['2028-02-29T00:00:00', '2032-02-29T00:00:00']],
    ['L is the last day', '0 0 L * *', ['2026-01-31T00:00:00', '2026-02-28T00:00:00']],
    ['LW is the last weekday', '0 0 LW * *', ['2026-01-30T00:00:00', '2026-02-27T00:00:00']],
    ['1W stays in its month', '0 0 1W 8 *', ['2026-08-03T00:00:00', '2027-08-02T00:00:00']],
    ['5L is the last Friday', '0 0 * * 5L', ['2026-01-30T00:00:00', '2026-02-27T00:00:00']],
    ['FRI#2 is the second Friday', '0 0 * * FRI#2', ['2026-01-09T00:00:00', '2026-02-13T00:00:00']],
  ])('%s', (_, text, expected) => {
    expect(runs(text, '2026-01-01T00:00:00Z', 2)).toEqual(expected);
  });
});

describe('the calendar', () => {
  test.each([
    ['29 February', '0 0 29 2 *', '2089-01-01', ['2092-02-29', '2096-02-29', '2104-02-29', '2108-02-29']],
    ['1900 is no leap year, 2000 is', '0 0 29 2 *', '1895-01-01', ['1896-02-29', '1904-02-29', '1908-02-29']],
    ['the 400th year is', '0 0 29 2 *', '1997-01-01', ['2000-02-29', '2004-02-29']],
    [
      'the end of February',
      '0 0 L 2 *',
      '2026-01-01',
      ['2026-02-28', '2027-02-28', '2028-02-29', '2029-02-28'],
    ],
    ['the end of each month', '0 0 L * *', '2028-01-15', ['2028-01-31', '2028-02-29', '2028-03-31']],
    ['the 31st has seven months', '0 0 31 * *', '2026-02-01', ['2026-03-31', '2026-05-31', '2026-07-31']],
    ['the last weekday of February', '0 0 LW 2 *', '2026-01-01', ['2026-02-27', '2027-02-26', '2028-02-29']],
    ['29W waits for a leap year', '0 0 29W 2 *', '2026-01-01', ['2028-02-29', '2032-02-27', '2036-02-29']],
    [
      'a fifth Friday',
      '0 0 * * FRI#5',
      '2026-01-31',
      ['2026-05-29', '2026-07-31', '2026-10-30', '2027-01-29'],
    ],
    // Only a leap year whose February begins with one has a fifth Friday in it.
    ['a fifth Friday in February', '0 0 * 2 FRI#5', '2026-01-01', ['2036-02-29', '2064-02-29', '2092-02-29']],
    ['years without one in December', '0 0 * 12 FRI#5', '2028-12-30', ['2032-12-31', '2033-12-30']],
    ['the last Friday is the fourth or fifth', '0 0 * * 5L', '2026-05-01', ['2026-05-29', '2026-06-26']],
    ['Friday the 13th is either', '0 0 13 * FRI', '2026-02-07', ['2026-02-13', '2026-02-20', '2026-02-27']],
    ['the last moment of a year', '59 59 23 31 12 *', '2026-06-01', ['2026-12-31', '2027-12-31']],
  ])('%s', (_, text, from, expected) => {
    expect(runs(text, `${from}T00:00:00Z`, expected.length).map((at) => at.slice(0, 10))).toEqual(expected);
  });
});

describe('what means nothing is refused with the field and its value', () => {
  test.each([
    ['', '"" has 0 fields: expected five'],
    ['* * * *', '"* * * *" has 4 fields'],
    ['* * * * * * 2026', 'has 7 fields'],
    ['60 * * * *', 'minute "60": expected 0 to 59'],
    ['* 24 * * *', 'hour "24": expected 0 to 23'],
    ['* * 0 * *', 'day of month "0": expected 1 to 31'],
    ['* * * 13 *', 'month "13": expected 1 to 12 or JAN to DEC'],
    ['* * * Juni *', 'month "Juni"'],
    ['* * * * 8', 'weekday "8": expected 0 to 7 or SUN to SAT'],
    ['60 * * * * *', 'second "60"'],
    ['*/0 * * * *', 'minute "*/0": a step is a number from 1 to 59'],
    ['*/90 * * * *', 'minute "*/90": a step is a number from 1 to 59'],
    ['5/15 * * * *', 'minute "5/15": a step follows * or a range: 5-59/15'],
    ['* 22-2 * * *', 'hour "22-2": a range goes upwards: 22-23,0-2 goes around the end'],
    ['1,,2 * * * *', 'minute is empty'],
    ['*/ * * * *', 'minute "*/"'],
    ['1- * * * *', 'minute "1-"'],
    ['-1 * * * *', 'minute "-1"'],
    ['1.5 * * * *', 'minute "1.5"'],
    ['0 0 ? * MON', 'day of month "?": here * stands for any value.'],
    ['* * * * FRI#6', 'weekday "FRI#6"'],
    ['* * * * FRYL', 'weekday "FRYL"'],
    ['* L * * *', 'hour "L"'],
    ['* * 32W * *', 'day of month "32W"'],
    ['@dayly', '"@dayly" is none of @yearly'],
    ['@__proto__', '"@__proto__" is none of'],
  ])('%j: %s', (text, message) => {
    expect(() => parseCron(text)).toThrow(ScheduleError);
    expect(() => parseCron(text)).toThrow(message);
  });
});

test('croner finds the same days for L, W and #, over years', () => {
  const weekday = fc.integer({ min: 0, max: 6 });
  const dayItem = fc.oneof(
    fc.integer({ min: 1, max: 31 }).map(String),
    fc.constantFrom('L', 'LW'),
    fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
  );
  const weekdayItem = fc.oneof(
    weekday.map(String),
    weekday.map((day) => `${day}L`),
    fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map(([day, n]) => `${day}#${n}`),
  );
  const orStar = (item: fc.Arbitrary<string>) => fc.oneof(fc.constant('*'), item);
  const from = fc.integer({ min: 2000, max: 2090 }).map((year) => `${year}-01-01T00:00:00Z`);
  const month = fc.oneof(fc.constant('*'), fc.integer({ min: 1, max: 12 }).map(String));
  fc.assert(
    fc.property(orStar(dayItem), month, orStar(weekdayItem), from, (day, inMonth, onWeekday, start) => {
      const text = `30 12 ${day} ${inMonth} ${onWeekday}`;
      const theirs = new Croner(text, { timezone: 'UTC' }).nextRuns(12, new Date(start));
      expect(runs(text, start, 12)).toEqual(theirs.map((date) => date.toISOString().slice(0, 19)));
    }),
    { numRuns: 150 },
  );
});
