import { describe, expect, test } from 'vitest';
import { planWindow } from '../../../src/cli/plan/planWindow.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
function between(from: string | undefined, to: string | undefined, zone = 'Europe/Berlin') {
  const { fromMs, toMs } = planWindow({ from, to }, zone, NOW);
  return [fromMs, toMs].map((ms) => new Date(ms).toISOString().replace('.000Z', 'Z'));
}

describe('a window', () => {
  test.each<[string | undefined, string | undefined, string, string]>([
    [undefined, undefined, '2026-03-01T12:00:00Z', '2026-03-02T12:00:00Z'],
    ['2h', '30m', '2026-03-01T14:00:00Z', '2026-03-01T14:30:00Z'],
    ['2026-03-02T00:00:00+02:00', '1d', '2026-03-01T22:00:00Z', '2026-03-02T22:00:00Z'],
    ['2026-03-02', '2026-03-02', '2026-03-01T23:00:00Z', '2026-03-02T22:59:59.999Z'],
    // 23 hours.
    ['2026-03-29', '2026-03-29', '2026-03-28T23:00:00Z', '2026-03-29T21:59:59.999Z'],
    // Left out by the clocks of Berlin, and shown twice.
    ['2026-03-29T02:30', '2026-03-29T03:30', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'],
    ['2026-10-25T02:30', '2026-10-25T03:00', '2026-10-25T00:30:00Z', '2026-10-25T02:00:00Z'],
  ])('from %s to %s', (from, to, start, end) => {
    expect(between(from, to)).toEqual([start, end]);
  });

  test.each([
    ['2026-03-02', '2026-03-01', 'must be before --to'],
    ['0m', '0m', 'must be before --to'],
    ['2026-02-30', undefined, '--from "2026-02-30" is no time.'],
    ['2026-03-01T25:00', undefined, 'is no time.'],
    [undefined, 'tomorrow', '--to "tomorrow" is no time.'],
    ['', undefined, 'is no time.'],
    [undefined, '9999999d', 'is no time.'],
    [undefined, '5000d', 'Ten years is the longest'],
  ])('from %j to %j is refused', (from, to, message) => {
    expect(() => between(from, to)).toThrow(message);
  });
});
