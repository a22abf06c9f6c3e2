import { describe, expect, test } from 'vitest';
import { parseNcrontab } from '../../../local/functionsHost/ncrontab.ts';
import {
  checkPastDue,
  type ScheduleStatus,
  statusAfter,
} from '../../../local/functionsHost/scheduleMonitor.ts';

const schedule = parseNcrontab('0 */5 * * * *');
const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);
const status = (last: string | null, next: string, lastUpdated: string | null): ScheduleStatus => ({
  last: last === null ? null : at(last),
  next: at(next),
  lastUpdated: lastUpdated === null ? null : at(lastUpdated),
});

describe('checkPastDue at 12:01', () => {
  test.each([
    ['nothing is kept: not past due', null, false, status(null, '12:05:00', '12:01:00')],
    [
      'the kept occurrence is to come: not past due',
      status('12:00:00', '12:05:00', '12:00:00'),
      false,
      status('12:00:00', '12:05:00', '12:00:00'),
    ],
    [
      'the kept occurrence has gone by: past due',
      status('11:30:00', '11:35:00', '11:30:00'),
      true,
      status('11:30:00', '11:35:00', '11:30:00'),
    ],
    [
      'it has gone by and the function was never invoked: past due',
      status(null, '11:35:00', '11:31:00'),
      true,
      status(null, '11:35:00', '11:31:00'),
    ],
    [
      'the schedule was changed, and its new occurrence has gone by: it counts from now',
      status('11:00:00', '12:00:00', '11:00:00'),
      false,
      status(null, '12:05:00', '12:01:00'),
    ],
    [
      'the schedule was changed, and its new occurrence is to come: that one is kept',
      status('12:00:30', '13:00:00', '12:00:30'),
      false,
      status(null, '12:05:00', '12:00:30'),
    ],
  ])('%s', (_name, stored, isPastDue, kept) => {
    expect(checkPastDue(stored, schedule, at('12:01:00'))).toEqual({ status: kept, isPastDue });
  });
});

describe('statusAfter', () => {
  const before = status('12:00:00', '12:05:00', '12:00:00');

  test('a timer that fired a little early counts as on time', () => {
    expect(statusAfter(at('12:04:59.998'), before, schedule, false)).toEqual(
      status('12:05:00', '12:10:00', '12:05:00'),
    );
  });

  test('a late one counts from its own moment', () => {
    expect(statusAfter(at('12:11:00'), before, schedule, false)).toEqual(
      status('12:11:00', '12:15:00', '12:11:00'),
    );
  });

  test('one at the start takes the place of no occurrence', () => {
    expect(statusAfter(at('12:01:00'), before, schedule, true)).toEqual(
      status('12:01:00', '12:05:00', '12:01:00'),
    );
  });
});
