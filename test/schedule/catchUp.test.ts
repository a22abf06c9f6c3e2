import { expect, test } from 'vitest';
import { catchUp } from '../../src/lib/schedule/catchUp.ts';

const HOUR = 3_600_000;
const now = 100 * HOUR;
/** Three late ones, three, two and one hours ago, and one to come. */
const occurrences = [-3, -2, -1, 1].map((hours) => ({ scheduledFor: now + hours * HOUR, late: hours < 0 }));
const hours = (instants: readonly number[]) => instants.map((instant) => (instant - now) / HOUR);

test.each([
  ['none', 100, 168, [1], [-3, -2, -1]],
  ['latest', 100, 168, [-1, 1], [-3, -2]],
  ['latest', 100, 0.5, [1], [-3, -2, -1]],
  ['all', 100, 168, [-3, -2, -1, 1], []],
  ['all', 2, 168, [-2, -1, 1], [-3]],
  ['all', 100, 2, [-2, -1, 1], [-3]],
] as const)('catchUp %s, limit %i, maxAge %d h', (policy, limit, maxAgeHours, run, missed) => {
  const decided = catchUp(occurrences, { policy, limit, maxAgeMs: maxAgeHours * HOUR }, now);
  expect(hours(decided.run)).toEqual(run);
  expect(hours(decided.missed)).toEqual(missed);
});
