import { z } from 'zod';
import { parseDuration } from '../jobs/duration.ts';
import { type JsonValue, toJson } from '../json.ts';
import { type Checked, problemsOf } from './problem.ts';
import { replyQueueName } from './queueName.ts';
import { databaseName, mustBe, userId } from './text.ts';
import { jsonValue, unstorableProblems } from './values.ts';

const MAX_ROWS = 10_000;
const ROWS = `a whole number from 1 to ${MAX_ROWS}`;
const TIMEOUT = 'a duration from 1ms to 5m, such as 500ms, 30s or 2m';
const MAX_TIMEOUT_MS = 5 * 60_000;

export const queryMessageSchema = z
  .strictObject(
    {
      queryId: userId()
        .exactOptional()
        .describe('Comes back in the event: a new one for each query. By default the queue message id.'),
      sql: z
        .string(mustBe('one SQL statement'))
        .regex(/\S/, 'is empty: it must be one SQL statement')
        .describe('One statement that returns rows; it runs read-only.'),
      parameters: z
        .array(jsonValue(), mustBe('an array: the values of $1, $2 and so on'))
        .default([])
        .describe(
          'Values of $1, $2 and so on: text, numbers, true, false, null; objects and arrays are passed as JSON. ' +
            'Integers of any size and long decimals keep their digits, if the sender writes them so; ' +
            'a sender that cannot may pass them as text.',
        ),
      database: databaseName().default('main').describe('A configured database.'),
      maxRows: z
        .int(mustBe(ROWS))
        .min(1, `must be ${ROWS}`)
        .max(MAX_ROWS, `must be ${ROWS}`)
        .default(1000)
        .describe('More rows than this are not fetched.'),
      timeout: z
        .string(mustBe(TIMEOUT))
        .transform((text, context) => {
          const ms = parseDuration(text);
          if (ms !== null && ms >= 1 && ms <= MAX_TIMEOUT_MS) return ms;
          context.addIssue({ code: 'custom', message: `must be ${TIMEOUT}` });
          return z.NEVER;
        })
        .prefault('30s')
        .describe('How long the statement may run: 500ms, 30s, at most 5m.'),
      replyTo: z
        .string(mustBe('text'))
        .regex(
          /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
          'must be lower-case letters, digits and single dashes between them',
        )
        .exactOptional()
        .describe('The event goes to the queue <results queue>-<replyTo>, which must exist.'),
    },
    mustBe('an object such as { "sql": "SELECT 1" }'),
  )
  .meta({
    title: 'Nightshift query message',
    description: 'Put on the queries queue, it runs a read-only query.',
  });

/** A query message as its sender writes it. */
export type QueryMessageInput = z.input<typeof queryMessageSchema>;

/** A query message with its defaults. */
export type QueryMessage = Omit<z.output<typeof queryMessageSchema>, 'timeout' | 'replyTo'> & {
  readonly timeoutMs: number;
  /** The whole name of the queue that the answer goes to. */
  readonly replyQueue: string | null;
};

const KNOWN_KEYS = { '': Object.keys(queryMessageSchema.shape) };

/**
 * Reads what `decodeBody` made of a body.
 *
 * @param resultsQueue the results queue, whose name begins that of every reply queue
 */
export function readQueryMessage(value: JsonValue, resultsQueue: string): Checked<QueryMessage> {
  const result = queryMessageSchema.safeParse(value);
  const problems = [
    ...(result.success ? [] : problemsOf(result.error, KNOWN_KEYS)),
    ...unstorableProblems(value),
  ];
  if (!result.success) return { ok: false, problems };
  const { timeout, replyTo, ...message } = result.data;
  const replyQueue = replyTo === undefined ? null : replyQueueName(resultsQueue, replyTo);
  if (replyTo !== undefined && replyQueue === null) {
    const tooLong = `${resultsQueue}-${replyTo} is no possible queue name: it must have at most 63 characters`;
    problems.push({ path: 'replyTo', message: tooLong });
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, message: { ...message, timeoutMs: timeout, replyQueue } };
}

/** The parameters in PostgreSQL's text form; null is NULL. */
export function parameterTexts(parameters: readonly JsonValue[]): (string | null)[] {
  return parameters.map((value) => (value === null || typeof value === 'string' ? value : toJson(value)));
}

/** Whom to tell that a message was rejected: what of it can be used, however wrong the rest is. */
export function returnAddress(
  value: JsonValue,
  resultsQueue: string,
): { readonly queryId: string | null; readonly replyQueue: string | null } {
  const { queryId, replyTo } = queryMessageSchema.shape;
  const lenient = z.object({ queryId: queryId.catch(''), replyTo: replyTo.catch('') }).safeParse(value);
  if (!lenient.success) return { queryId: null, replyQueue: null };
  const { queryId: id, replyTo: name } = lenient.data;
  return { queryId: id || null, replyQueue: name ? replyQueueName(resultsQueue, name) : null };
}
