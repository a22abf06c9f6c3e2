import { z } from 'zod';
import type { JsonValue } from '../json.ts';
import { catchUp, every, schedules, timeZone } from './frontMatterSchedule.ts';
import { duration, oneOrMore, strictError, text } from './frontMatterValue.ts';
import { PARAMETER_TYPES } from './job.ts';
import { parameterText } from './parameterText.ts';

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
  .regex(
    /^[a-z*][a-z0-9_*]*$/,
    'expected the name of a configured database (main, or x for DATABASE_URL_X), or a pattern such as "tenant_*"',
  );

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
      every: every.optional(),
      after: oneOrMore(text, "expected a job's name, or a list of them").optional(),
      timeZone: timeZone.optional(),
      catchUp: catchUp.optional(),
      expectEvery: duration('400d', 'no schedule is slower than a year').optional(),
      startWithin: duration('7d', 'an alarm later than that helps nobody').optional(),
      database: oneOrMore(database, "expected a configured database's name, or a list of them").optional(),
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
    when: isObject,
  })
  .refine(({ schedule, every }) => schedule === undefined || every === undefined, {
    path: ['every'],
    error: 'a job has either every or schedule: remove one of them.',
    when: isObject,
  })
  .refine(({ schedule, every, after }) => after === undefined || (schedule ?? every) === undefined, {
    path: ['after'],
    error: 'a job that runs after others has no schedule of its own: remove one of them.',
    when: isObject,
  });

/** Contradictions are looked for also when a value is wrong, so that all is told at once. */
function isObject({ value }: { value: unknown }): boolean {
  return typeof value === 'object' && value !== null;
}

export type FrontMatterValues = z.output<typeof frontMatterSchema>;

export const FRONT_MATTER_KEYS = Object.keys(frontMatterSchema.shape);
