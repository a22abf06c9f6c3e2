import { z } from 'zod';
import { duration, oneOrMore, strictError } from './frontMatterValue.ts';
import { parseInterval } from './interval.ts';
import { parseSchedule, ScheduleError } from './schedule.ts';
import { timeZoneProblem } from './timeZoneName.ts';

const schedule = readable('expected a cron expression such as "0 2 * * *"', (value) =>
  parseSchedule(value, 'UTC'),
);

export const schedules = oneOrMore(
  schedule,
  'expected a cron expression such as "0 2 * * *", or a list of them',
);

export const every = readable('expected a duration such as 90s, 10m or 2h', parseInterval);

export const timeZone = z
  .string('expected an IANA time zone such as Europe/Berlin')
  .superRefine((value, context) => {
    const problem = timeZoneProblem(value);
    if (problem !== null) context.addIssue(problem);
  });

const limit = 'expected a whole number from 1 to 10000';

export const catchUp = z.preprocess(
  (value) => (typeof value === 'string' ? { policy: value } : value),
  z.strictObject(
    {
      policy: z.enum(['none', 'latest', 'all'], 'expected none, latest or all').optional(),
      limit: z.bigint(limit).min(1n, limit).max(10_000n, limit).transform(Number).optional(),
      maxAge: duration('366d', 'a year ago is history').optional(),
    },
    strictError('expected none, latest or all, or keys such as { policy: all, limit: 100, maxAge: 7d }'),
  ),
);

/** A text that is kept as it is, once it can be read. */
function readable(expected: string, read: (text: string) => unknown) {
  return z.string(expected).superRefine((value, context) => {
    try {
      read(value);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      context.addIssue(error.message);
    }
  });
}
