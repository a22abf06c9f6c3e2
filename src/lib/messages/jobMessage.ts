import { z } from 'zod';
import { encodeJson, type JsonValue } from '../json.ts';
import { isPossibleJobName, jobName } from './jobName.ts';
import { type Checked, problemsOf } from './problem.ts';
import { databaseName, instant, mustBe, userId } from './text.ts';
import { jsonObject, unstorableProblems } from './values.ts';

/**
 * What a message that Nightshift sends to itself carries from the first receipt (or from the schedule) to later
 * ones, in an object of its own, so that a user's `runId` cannot be mistaken for one of ours.
 *
 * It is trusted as far as anyone is who may write to the jobs queue, and no further check is possible: whoever
 * writes there can run every job anyway. By hand one can thus name another run's id (the ledger then rejects
 * the message, unless job, database and parameters are the same, in which case the run has simply been asked
 * for), take a schedule's place for an occurrence, or skip attempts. One cannot run other SQL than the catalog's,
 * or a run a second time.
 */
const ownSchema = z.strictObject(
  {
    runId: z.string(mustBe('a run id')).min(1).max(1000).describe('The whole id, with its namespace.'),
    attempt: z.int(mustBe('a whole number from 1')).min(1, 'must be a whole number from 1'),
    deferrals: z.int(mustBe('a whole number from 0')).min(0, 'must be a whole number from 0'),
    firstSeenAt: instant().exactOptional().describe('When the run was first received; absent before that.'),
    redriveOf: z
      .string(mustBe('a run id'))
      .min(1)
      .max(1000)
      .exactOptional()
      .describe('The run that this one repeats.'),
    missed: z.literal(true).exactOptional().describe('The run is only told as missed.'),
    asOf: instant()
      .exactOptional()
      .describe('What dates such as yesterday go by, where a redrive stands for no instant.'),
    catalog: z.string(mustBe("the catalog's hash")).describe('Hash of the catalog that it was planned with.'),
  },
  mustBe('an object'),
);

export const jobMessageSchema = z
  .strictObject(
    {
      job: jobName().describe("The job's name: the path of its file below jobs/, without .sql."),
      runId: userId()
        .exactOptional()
        .describe('Your id of this run: the same id is run once, however often it is sent.'),
      scheduledFor: instant()
        .exactOptional()
        .describe(
          'The instant the run stands for: what nightshift.scheduled_for() and dates like "yesterday" go by.',
        ),
      database: databaseName().exactOptional().describe("A configured database, instead of the job's own."),
      parameters: jsonObject()
        .exactOptional()
        .describe("Values of the job's parameters by name; null is SQL's NULL."),
      force: z
        .boolean(mustBe('true or false'))
        .exactOptional()
        .describe('Run it although its job is paused.'),
      nightshift: ownSchema
        .exactOptional()
        .describe('Set only by Nightshift, on messages it sends to itself.'),
    },
    mustBe('an object such as { "job": "close-day" }, or just the name of a job'),
  )
  .meta({ title: 'Nightshift job message', description: 'Put on the jobs queue, it runs a job.' });

export type JobMessage = z.infer<typeof jobMessageSchema>;

const KNOWN_KEYS = { '': Object.keys(jobMessageSchema.shape), nightshift: Object.keys(ownSchema.shape) };

/** Reads what `decodeBody` made of a body: an object, or a text that is a job's name. */
export function readJobMessage(value: JsonValue): Checked<JobMessage> {
  const message = typeof value === 'string' && isPossibleJobName(value) ? { job: value } : value;
  const result = jobMessageSchema.safeParse(message);
  const problems = [
    ...(result.success ? [] : problemsOf(result.error, KNOWN_KEYS)),
    ...unstorableProblems(message),
  ];
  return result.success && problems.length === 0
    ? { ok: true, message: result.data }
    : { ok: false, problems };
}

/** The job that a rejected message names, for the event that tells of it; null where it names none. */
export function jobNamedBy(value: JsonValue): string | null {
  const named = z.union([jobName(), z.object({ job: jobName() })]).safeParse(value);
  if (!named.success) return null;
  return typeof named.data === 'string' ? named.data : named.data.job;
}

/** JSON in UTF-8; integers of any size keep their digits. */
export function encodeJobMessage(message: JobMessage): Uint8Array {
  return encodeJson(message);
}
