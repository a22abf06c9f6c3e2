import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { PARAMETER_TYPES } from './job.ts';
import { parseSchedule, ScheduleError } from './schedule.ts';
import { timeZoneProblem } from './timeZoneName.ts';

const text = z
  .string('expected a text')
  .refine((value) => value.trim() !== '', 'expected a text that is not empty');

const schedule = z.string('expected a cron expression such as "0 2 * * *"').superRefine((value, context) => {
  try {
    parseSchedule(value, 'UTC');
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    context.addIssue(error.message);
  }
});

const schedules = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z
    .array(schedule, 'expected a cron expression such as "0 2 * * *", or a list of them')
    .min(1, 'expected at least one cron expression'),
);

const timeZone = z
  .string('expected an IANA time zone such as Europe/Berlin')
  .superRefine((value, context) => {
    const problem = timeZoneProblem(value);
    if (problem !== null) context.addIssue(problem);
  });

/** @param most the longest, in the words of a duration, and why no longer */
function duration(most: string, why: string) {
  const expected = 'expected a duration such as 90s, 10m or 2h';
  return z.string(expected).transform((value, context) => {
    const ms = parseDuration(value);
    if (ms === null) context.addIssue(expected);
    else if (ms < 1000) context.addIssue('expected at least 1s');
    else if (ms > (parseDuration(most) ?? 0)) context.addIssue(`expected at most ${most}: ${why}`);
    return ms ?? z.NEVER;
  });
}

const parameter = z.preprocess(
  (value) => (typeof value === 'string' ? { type: value } : value),
  z.strictObject(
    {
      type: z.enum(PARAMETER_TYPES, `expected one of ${PARAMETER_TYPES.join(', ')}`),
      description: text.optional(),
      default: z.unknown().optional(),
    },
    strictError('expected a type such as date, or { type: date, default: yesterday }'),
  ),
);

/** The keys of a job's front matter, as YAML gives them with whole numbers as bigint. */
export const frontMatterSchema = z.strictObject(
  {
    description: text.optional(),
    schedule: schedules.optional(),
    timeZone: timeZone.optional(),
    database: z
      .string('expected the name of a configured database')
      .regex(
        /^[a-z][a-z0-9_]*$/,
        'expected the name of one configured database: main, or x for DATABASE_URL_X',
      )
      .optional(),
    timeout: duration(
      '24h',
      'until then nobody can tell a run that still works from one whose worker is gone',
    ).optional(),
    retry: z
      .strictObject(
        {
          attempts: z
            .bigint('expected a whole number from 1 to 50')
            .min(1n, 'expected a whole number from 1 to 50')
            .max(50n, 'expected a whole number from 1 to 50')
            .transform(Number)
            .optional(),
          backoff: duration('24h', 'an attempt that late belongs to another occurrence').optional(),
          maxBackoff: duration('24h', 'an attempt that late belongs to another occurrence').optional(),
        },
        strictError('expected keys such as { attempts: 5, backoff: 30s, maxBackoff: 10m }'),
      )
      .optional(),
    isolation: z
      .enum(
        ['read committed', 'repeatable read', 'serializable'],
        'expected read committed, repeatable read or serializable',
      )
      .optional(),
    transaction: z.boolean('expected true or false').optional(),
    role: text
      .refine(
        (value) => new TextEncoder().encode(value).length <= 63,
        'expected at most 63 bytes, as PostgreSQL has it',
      )
      .optional(),
    parameters: z
      .record(
        z
          .string()
          .regex(
            /^[A-Za-z][A-Za-z0-9_]{0,62}$/,
            'is no name for a parameter: letters, digits and _, a letter first',
          ),
        parameter,
        'expected names with their types, such as { day: date }',
      )
      .optional(),
  },
  strictError('expected front matter of the form "key: value"'),
);

export type FrontMatterValues = z.output<typeof frontMatterSchema>;

export const FRONT_MATTER_KEYS = Object.keys(frontMatterSchema.shape);

/** zod asks one function for both faults of a strict object; unknown keys keep their own message. */
function strictError(expected: string) {
  return { error: (issue: { code: string }) => (issue.code === 'invalid_type' ? expected : undefined) };
}
