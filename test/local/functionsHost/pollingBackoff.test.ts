import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PollingBackoff } from '../../../local/functionsHost/pollingBackoff.ts';

const delays = (backoff: PollingBackoff, found: boolean[]) => found.map((each) => backoff.next(each));

test('an empty queue is asked again after 100 ms, then ever later, up to the maximum', () => {
  const backoff = new PollingBackoff(2_000, () => 0.5);
  expect(delays(backoff, Array(8).fill(false))).toEqual([100, 200, 300, 500, 900, 1700, 2000, 2000]);
});

test('a found message starts the count anew', () => {
  const backoff = new PollingBackoff(2_000, () => 0.5);
  delays(backoff, Array(8).fill(false));
  expect(delays(backoff, [true, false, false])).toEqual([100, 200, 300]);
});

test('increments vary by a fifth either way', () => {
  expect(delays(new PollingBackoff(60_000, () => 0), [false, false, false])).toEqual([100, 180, 260]);
  expect(delays(new PollingBackoff(60_000, () => 1), [false, false, false])).toEqual([100, 220, 340]);
});

test('no delay is under 100 ms or over the maximum, whatever comes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 100_000 }), fc.array(fc.boolean()), (maximum, found) => {
      for (const delay of delays(new PollingBackoff(maximum), found)) {
        expect(delay).toBeGreaterThanOrEqual(100);
        expect(delay).toBeLessThanOrEqual(maximum);
      }
    }),
  );
});
