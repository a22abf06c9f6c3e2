import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isOccurrence,
  nextOccurrence,
  occurrences,
  parseSchedule,
  ScheduleError,
} from '../../src/lib/jobs/schedule.ts';
import { DAY_MS, daysOfChange, expectedOccurrences, MINUTE_MS } from './scheduleOracle.ts';

const between = (text: string, zone: string, after: string, until: string) =>
  [...occurrences(parseSchedule(text, zone), Date.parse(after), Date.parse(until))].map((instant) =>
    new Date(instant).toISOString().replace(':00.000Z', 'Z'),
  );

describe('Berlin sets its clocks forward on 2026-03-29, from 02:00 to 03:00 (01:00Z)', () => {
  const night = (text: string) => between(text, 'Europe/Berlin', '2026-03-28T23:00Z', '2026-03-29T03:00Z');

  test('a time that is left out runs when the gap ends', () => {
    expect(night('30 2 * * *')).toEqual(['2026-03-29T01:00Z']);
  });

  test('however many are left out, and the time after the gap too, it runs once', () => {
    expect(night('*/10 2 * * *')).toEqual(['2026-03-29T01:00Z']);
    expect(night('0 2,3 * * *')).toEqual(['2026-03-29T01:00Z']);
  });

  test('with * as the hour the gap is not there', () => {
    expect(night('30 * * * *')).toEqual([
      '2026-03-28T23:30Z',
      '2026-03-29T00:30Z',
      '2026-03-29T01:30Z',
      '2026-03-29T02:30Z',
    ]);
  });

  test('*/2 begins with * too: the hour that is left out does not run', () => {
    expect(night('0 */2 * * *')).toEqual(['2026-03-29T02:00Z']);
  });
});

describe('Berlin sets its clocks back on 2026-10-25, from 03:00 to 02:00 (01:00Z)', () => {
  const night = (text: string) => between(text, 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-25T02:00Z');

  test('a time that exists twice runs at the first', () => {
    expect(night('30 2 * * *')).toEqual(['2026-10-25T00:30Z']);
  });

  test('with * as the hour both passes run', () => {
    expect(night('30 * * * *')).toEqual([
      '2026-10-24T22:30Z',
      '2026-10-24T23:30Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
    ]);
  });

  test('asked within the second pass, the wall clock goes on after it', () => {
    expect(between('*/20 2-3 * * *', 'Europe/Berlin', '2026-10-25T01:10Z', '2026-10-25T02:20Z')).toEqual([
      '2026-10-25T02:00Z',
      '2026-10-25T02:20Z',
    ]);
  });
});

describe('zones with clocks of their own', () => {
  test('Samoa left out the whole of 30 December 2011', () => {
    expect(between('0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', '2012-01-01T00:00Z')).toEqual([
      '2011-12-29T22:00Z',
      '2011-12-30T10:00Z',
      '2011-12-30T22:00Z',
      '2011-12-31T22:00Z',
    ]);
  });

  test('Lord Howe moves by half an hour', () => {
    expect(between('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', '2026-10-04T00:00Z')).toEqual([
      '2026-10-03T15:30Z',
    ]);
  });

  test('Troll moves by two hours', () => {
    expect(between('30 1,2 * * *', 'Antarctica/Troll', '2026-03-28T12:00Z', '2026-03-29T12:00Z')).toEqual([
      '2026-03-29T01:00Z',
    ]);
  });
});

describe('a schedule that means nothing is refused', () => {
  test.each(['0 0 30 2 *', '0 0 31 4,6,9,11 *', '0 0 31W 2 *'])('%s never comes', (text) => {
    expect(() => parseSchedule(text, 'UTC')).toThrow(`"${text}" never comes`);
  });

  test.each([
    ['PST', 'is an abbreviation'],
    ['BST', 'is an abbreviation'],
    ['+01:00', 'is an offset'],
    ['UTC+1', 'is an offset'],
    ['GMT+1', 'is an offset'],
    ['', 'is no IANA time zone'],
    ['Europe/Berln', 'Did you mean "Europe/Berlin"?'],
    ['europe/berlin', 'is written "Europe/Berlin"'],
    ['SystemV/PST8', 'is no IANA time zone'],
    ['Mars/Olympus', 'is no IANA time zone'],
    ['__proto__', 'is no IANA time zone'],
  ])('time zone %j: %s', (zone, message) => {
    expect(() => parseSchedule('@daily', zone)).toThrow(ScheduleError);
    expect(() => parseSchedule('@daily', zone)).toThrow(message);
  });

  test.each([
    'UTC',
    'GMT',
    'Etc/GMT+5',
    'Europe/Kiev',
    'Europe/Kyiv',
    'Asia/Calcutta',
    'US/Pacific',
    'EST5EDT',
  ])('%s is an IANA name', (zone) => {
    expect(nextOccurrence(parseSchedule('@daily', zone), 0)).not.toBeNull();
  });
});

describe('an interval goes by multiples since 1970, whatever the clocks show', () => {
  test('so a day is a day of UTC, also where clocks are changed', () => {
    expect(between('@every 1d', 'Europe/Berlin', '2026-03-28T00:00Z', '2026-03-31T00:00Z')).toEqual([
      '2026-03-29T00:00Z',
      '2026-03-30T00:00Z',
      '2026-03-31T00:00Z',
    ]);
  });

  test('90 seconds fit into the hour', () => {
    expect(between('@every 90s', 'UTC', '2026-01-01T11:59Z', '2026-01-01T12:03Z')).toEqual([
      '2026-01-01T12:00Z',
      '2026-01-01T12:01:30.000Z',
      '2026-01-01T12:03Z',
    ]);
  });

  test('7 minutes do not, and go on over it', () => {
    // 1767268800 seconds since 1970 are noon, and 360 more than a multiple of 420.
    expect(between('@every 7m', 'UTC', '2026-01-01T12:00Z', '2026-01-01T12:20Z')).toEqual([
      '2026-01-01T12:01Z',
      '2026-01-01T12:08Z',
      '2026-01-01T12:15Z',
    ]);
  });

  test('an instant is an occurrence just when it is a multiple', () => {
    const schedule = parseSchedule('@every 1h30m', 'UTC');
    expect(isOccurrence(schedule, Date.parse('2026-01-01T03:00Z'))).toBe(true);
    expect(isOccurrence(schedule, Date.parse('2026-01-01T01:00Z'))).toBe(false);
    expect(nextOccurrence(schedule, -1)).toBe(0);
    expect(nextOccurrence(schedule, 0)).toBe(5_400_000);
  });

  test.each(['@every 366d', '@every 1s', '  @Every\t90s '])('%j is one', (text) => {
    expect(parseSchedule(text, 'UTC').kind).toBe('interval');
  });
});

test('seconds are honoured, and the start is exclusive, the end inclusive', () => {
  expect(between('*/30 * * * * *', 'UTC', '2026-01-01T00:00Z', '2026-01-01T00:01Z')).toEqual([
    '2026-01-01T00:00:30.000Z',
    '2026-01-01T00:01Z',
  ]);
  expect(between('30 * * * *', 'UTC', '2026-01-01T00:30Z', '2026-01-01T01:29Z')).toEqual([]);
});

test('far in the future and far in the past there are occurrences too', () => {
  expect(between('0 0 29 2 *', 'Europe/Berlin', '2096-03-01T00:00Z', '2105-01-01T00:00Z')).toEqual([
    '2104-02-28T23:00Z',
  ]);
  expect(between('@monthly', 'America/New_York', '1966-12-31T00:00Z', '1967-02-15T00:00Z')).toEqual([
    '1967-01-01T05:00Z',
    '1967-02-01T05:00Z',
  ]);
  expect(nextOccurrence(parseSchedule('@daily', 'Europe/Berlin'), 8.64e15)).toBeNull();
});

const field = (min: number, max: number) => {
  const value = fc.integer({ min, max });
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
  const step = fc.integer({ min: 1, max: max - min });
  return {
    number: value.map(String),
    list: fc.uniqueArray(value, { minLength: 1, maxLength: 3 }).map((values) => values.join(',')),
    range,
    steppedRange: fc.tuple(range, step).map(([of, by]) => `${of}/${by}`),
    steppedStar: step.map((by) => `*/${by}`),
    star: fc.constant('*'),
  };
};

const anyField = (min: number, max: number) => fc.oneof(...Object.values(field(min, max)));
const mostlyStar = (min: number, max: number) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant('*') }, { weight: 1, arbitrary: anyField(min, max) });
// Small hours, where clocks are changed, are worth more than the others.
const hour = fc.oneof(anyField(0, 23), anyField(0, 4));

const expression = fc
  .tuple(anyField(0, 59), hour, mostlyStar(1, 28), mostlyStar(1, 12), mostlyStar(0, 6))
  .map((fields) => fields.join(' '));

/** Zones whose clocks are changed in as many ways as there are: half-hours, hours before midnight, whole days. */
const ODD_CHANGES = [
  { zone: 'Pacific/Apia', day: '2011-12-30' },
  { zone: 'Pacific/Kwajalein', day: '1993-08-21' },
  { zone: 'Africa/Casablanca', day: '2018-06-17' },
  { zone: 'America/Caracas', day: '2007-12-09' },
  { zone: 'Asia/Pyongyang', day: '2018-05-04' },
  { zone: 'America/Sao_Paulo', day: '2018-11-04' },
  { zone: 'Africa/Cairo', day: '2010-08-11' },
].map(({ zone, day }) => ({ zone, around: Date.parse(`${day}T12:00Z`) }));

const CHANGING_ZONES = [
  'Europe/Berlin',
  'Europe/Dublin',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'America/Nuuk',
  'Asia/Beirut',
];

const aChange = fc.oneof(
  fc.constantFrom(...ODD_CHANGES),
  fc
    .tuple(fc.constantFrom(...CHANGING_ZONES), fc.integer({ min: 2008, max: 2035 }), fc.nat())
    .map(([zone, year, nth]) => {
      const days = daysOfChange(zone, year);
      return { zone, around: days[nth % Math.max(1, days.length)] ?? Date.UTC(year, 0, 1) };
    }),
);

test('around every change of clocks, an independent oracle finds the same occurrences', () => {
  fc.assert(
    fc.property(expression, aChange, fc.nat({ max: 36 * 60 }), (text, { zone, around }, minutes) => {
      const after = around - 2 * DAY_MS + minutes * MINUTE_MS;
      const until = around + DAY_MS;
      expect([...occurrences(parseSchedule(text, zone), after, until)]).toEqual(
        expectedOccurrences(text, zone, after, until),
      );
    }),
    { numRuns: 120 },
  );
}, 60_000);

test('an instant is an occurrence just when the list has it, wherever the list begins', () => {
  fc.assert(
    fc.property(expression, aChange, (text, { zone, around }) => {
      const schedule = parseSchedule(text, zone);
      const all = new Set(occurrences(schedule, around - DAY_MS - 1, around + DAY_MS));
      for (let instant = around - DAY_MS; instant <= around + DAY_MS; instant += 10 * MINUTE_MS) {
        expect(isOccurrence(schedule, instant)).toBe(all.has(instant));
      }
      expect(isOccurrence(schedule, around + 1)).toBe(false);
    }),
    { numRuns: 60 },
  );
});
