import { expect, test } from 'vitest';
import { randomOf } from './randomExpression.ts';
import { soakZone } from './soakZone.ts';

/** `npm run soak:schedules` does the same in every zone. */
test.each([
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Asia/Gaza',
  'Asia/Kolkata',
])('in %s, ten years of random schedules occur when they should: none skipped, none doubled', (zone) => {
  const soak = soakZone(zone, 12, randomOf(zone.length * 7919));
  expect(soak.differences).toEqual([]);
  expect(soak.occurrences).toBeGreaterThan(1000);
});
