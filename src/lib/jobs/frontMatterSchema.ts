import { z } from 'zod';
import type { JsonValue } from '../json.ts';
import { parseDuration } from './duration.ts';
import { PARAMETER_TYPES } from './job.ts';
import { parameterText } from './parameterText.ts';
import { parseSchedule, ScheduleError } from './schedule.ts';
import { showValue } from './showValue.ts';
import { timeZoneProblem } from './timeZoneName.ts';

const text = z
  .string('expected a text')
  .refine((value) => value.trim() !== '', 'expected a text that is not empty.');

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
    const got = `got ${showValue(value)}.`;
    if (ms === null) context.addIssue(`${expected}, ${got}`);
    else if (ms < 1000) context.addIssue(`expected at least 1s, ${got}`);
    else if (ms > (parseDuration(most) ?? 0)) context.addIssue(`expected at most ${most} (${why}), ${got}`);
    return ms ?? z.NEVER;
  });
}

const WHY_NO_LONGER_WAIT = 'an attempt that late belongs to another occurrence';
const attempts = 'expected a whole number from 1 to 50';

const retry = z
  .strictObject(
    {
      attempts: z.bigint(attempts).min(1n, attempts).max(50n, attempts).transform(Number).default(5),
      backoff: duration('24h', WHY_NO_LONGER_WAIT).default(30_000),
      maxBackoff: duration('24h', WHY_NO_LONGER_WAIT).default(600_000),
    },
    strictError('expected keys such as { attempts: 5, backoff: 30s, maxBackoff: 10m }'),
  )
  .refine(({ backoff, maxBackoff }) => backoff <= maxBackoff, {
    error: 'the first wait, backoff, is longer than the longest, maxBackoff.',
  });

const parameter = z.preprocess(
  (value) => (typeof value === 'string' ? { type: value } : value),
  z
    .strictObject(
      {
        type: z.enum(PARAMETER_TYPES, `expected one of ${PARAMETER_TYPES.join(', ')}`),
        description: text.optional(),
        // What YAML gives for plain values is JSON: its own types (dates, sets) need tags, which are refused.
        default: z.custom<JsonValue>().optional(),
      },
      strictError('expected a type such as date, or { type: date, default: yesterday }'),
    )
    .superRefine(({ type, default: value }, context) => {
      const read = parameterText(type, value ?? null, { timeZone: 'UTC', anchorMs: null });
      if (!read.ok) context.addIssue({ code: 'custom', path: ['default'], message: read.message });
    }),
);

const parameterName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'is no name for a parameter: letters, digits and _, a letter first');

const isolation = z.enum(
  ['read committed', 'repeatable read', 'serializable'],
  'expected read committed, repeatable read or serializable',
);

const database = z
  .string('expected the name of a configured database')
  .regex(/^[a-z][a-z0-9_]*$/, 'expected the name of one configured database: main, or x for DATABASE_URL_X');

const role = text.refine(
  (value) => new TextEncoder().encode(value).length <= 63,
  "expected at most 63 bytes, the length of PostgreSQL's names.",
);

/** The keys of a job's front matter, as YAML gives them with whole numbers as bigint. */
export const frontMatterSchema = z
  .strictObject(
    {
      description: text.optional(),
      schedule: schedules.optional(),
      timeZone: timeZone.optional(),
      database: database.optional(),
      timeout: duration('24h', 'until then a worker that died in a run can be told from none').optional(),
      retry: retry.optional(),
      isolation: isolation.optional(),
      overlap: z.enum(['skip', 'queue', 'parallel'], 'expected skip, queue or parallel').optional(),
      transaction: z.boolean('expected true or false').optional(),
      role: role.optional(),
      parameters: z
        .record(parameterName, parameter, 'expected names with their types, such as { day: date }')
        .optional(),
    },
    strictError('expected front matter of the form "key: value"'),
  )
  .refine((values) => values.transaction !== false || values.isolation === undefined, {
    path: ['isolation'],
    error: 'a job with transaction: false has no transaction to isolate: remove one of them.',
    // Also when something else is wrong, so that all is told at once.
    when: ({ value }) => typeof value === 'object' && value !== null,
  });

export type FrontMatterValues = z.output<typeof frontMatterSchema>;

export const FRONT_MATTER_KEYS = Object.keys(frontMatterSchema.shape);

/** zod asks one function for both faults of a strict object; unknown keys keep their own message. */
function strictError(expected: string) {
  return { error: (issue: { code: string }) => (issue.code === 'invalid_type' ? expected : undefined) };
}
