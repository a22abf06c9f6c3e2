import { Temporal } from 'temporal-polyfill';
import { expect, test } from 'vitest';
import { lastOccurrence } from '../../../local/start/lastOccurrence.ts';

test.each([
  ['later the same day', '2026-06-10T09:00+02:00', '2026-06-10T02:00+02:00'],
  ['at the very moment', '2026-06-10T02:00+02:00', '2026-06-10T02:00+02:00'],
  ['before it, the day before', '2026-06-10T01:59+02:00', '2026-06-09T02:00+02:00'],
  ['on a day without that hour, when the gap ends', '2026-03-29T09:00+02:00', '2026-03-29T03:00+02:00'],
  ['before the gap ends, the day before', '2026-03-29T01:59+01:00', '2026-03-28T02:00+01:00'],
  ['on a day that has the hour twice, the first', '2026-10-25T09:00+01:00', '2026-10-25T02:00+02:00'],
  ['between the two, the first', '2026-10-25T02:30+02:00', '2026-10-25T02:00+02:00'],
])('two o’clock in Berlin: %s', (_when, now, expected) => {
  const zoned = Temporal.Instant.from(now).toZonedDateTimeISO('Europe/Berlin');
  expect(lastOccurrence(zoned, 2).epochMilliseconds).toBe(Temporal.Instant.from(expected).epochMilliseconds);
});
