import { describe, expect, test } from 'vitest';
import { occursWithinMinute, parseNcrontab } from '../../../local/functionsHost/ncrontab.ts';

const from = Date.parse('2026-03-01T12:01:00Z'); // a Sunday
const iso = (ms: number) => new Date(ms).toISOString();

describe('parseNcrontab', () => {
  test.each([
    ['0 */5 * * * *', '2026-03-01T12:05:00.000Z'],
    ['30 1 * * * *', '2026-03-01T12:01:30.000Z'],
    ['0 30 9-17 * * 1-5', '2026-03-02T09:30:00.000Z'],
    ['0 0 0 * Jan,Mar Mon', '2026-03-02T00:00:00.000Z'],
    ['0 0 0 13 * 5', '2026-03-13T00:00:00.000Z'], // both day fields must match: Friday the 13th
    ['0 0 0 13 * 1', '2026-04-13T00:00:00.000Z'],
    ['*/5 * * * *', '2026-03-01T12:05:00.000Z'], // five fields: at second 0
    ['0 0 0 30 2 *', '9999-12-31T23:59:59.000Z'], // never
  ])('%s next occurs at %s, in UTC', (expression, next) => {
    expect(iso(parseNcrontab(expression).next(from))).toBe(next);
  });

  test('an occurrence does not come after itself', () => {
    const schedule = parseNcrontab('0 */5 * * * *');
    expect(iso(schedule.next(schedule.next(from)))).toBe('2026-03-01T12:10:00.000Z');
  });

  test.each(['', '@daily', '00:05:00', '* * * * * * *', '0 0 0 L * *', '0 61 * * * *', '0 0 0 ? * *'])(
    'refuses "%s"',
    (expression) => {
      expect(() => parseNcrontab(expression)).toThrow(`'${expression}' is not a valid NCRONTAB expression`);
    },
  );
});

describe('occursWithinMinute', () => {
  test.each([
    ['*/2 * * * * *', true],
    ['0,30 * * * * *', true],
    ['0 * * * * *', false],
    ['0 */5 * * * *', false],
  ])('%s: %s', (expression, expected) => {
    expect(occursWithinMinute(parseNcrontab(expression), from)).toBe(expected);
  });
});
