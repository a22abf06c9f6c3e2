import { createHash } from 'node:crypto';
import { didYouMean } from '../didYouMean.ts';
import { expandDatabases } from '../jobs/databases.ts';
import type { Catalog, Job } from '../jobs/job.ts';
import { resolveParameters } from '../jobs/parameters.ts';
import { type JsonValue, toJson } from '../json.ts';
import type { JobMessage } from '../messages/jobMessage.ts';
import type { MessageProblem } from '../messages/problem.ts';
import { runIdOf } from '../messages/runId.ts';

/** One run as a message asks for it, with everything that the first receipt resolves. */
export interface RunRequest {
  readonly runId: string;
  readonly job: Job;
  readonly database: string;
  /** ISO 8601; null for a run that stands for no instant. */
  readonly scheduledFor: string | null;
  /** PostgreSQL's text forms. The ledger keeps those of the first receipt. */
  readonly parameters: Readonly<Record<string, string | null>>;
  /** SHA-256, hex, of job, database and the parameters as given. */
  readonly requestHash: string;
  readonly attempt: number;
  readonly deferrals: number;
  /** ISO 8601: when the first delivery of the first message came. */
  readonly firstSeenAt: string;
  /** The message that runs it again, now or as another attempt; see `messageFor`. */
  readonly message: JobMessage;
}

export type Requested =
  | { readonly ok: true; readonly request: RunRequest }
  /** One message for each of several databases; their runs go their own ways. */
  | { readonly ok: true; readonly fanOut: readonly JobMessage[] }
  | { readonly ok: false; readonly problems: readonly MessageProblem[] };

/**
 * What a message that is well-formed means here: which job, in which database, with which values.
 *
 * @param messageId the queue's id of the message
 * @param databases the names that are configured
 * @param nowMs epoch milliseconds; what "yesterday" goes by where the run stands for no instant
 */
export function requestOf(
  message: JobMessage,
  messageId: string,
  catalog: Catalog,
  databases: readonly string[],
  nowMs: number,
): Requested {
  const job = catalog.jobs.find(({ name }) => name === message.job);
  if (job === undefined) {
    const names = catalog.jobs.map(({ name }) => name);
    return {
      ok: false,
      problems: [
        { path: 'job', message: `There is no job "${message.job}".${didYouMean(message.job, names)}` },
      ],
    };
  }
  const problems: MessageProblem[] = [];
  const chosen = message.database === undefined ? job.databases : [message.database];
  const [database, ...others] = expandDatabases(chosen, databases);
  if (database === undefined) {
    problems.push({
      path: 'database',
      message: `There is no database "${chosen.join('" or "')}".${didYouMean(chosen[0] ?? '', databases)} Configured: ${databases.join(', ')}.`,
    });
  }
  const firstSeenAt = message.nightshift?.firstSeenAt ?? new Date(nowMs).toISOString();
  const given = message.parameters ?? {};
  const resolved = resolveParameters(
    job,
    given,
    Date.parse(message.scheduledFor ?? message.nightshift?.asOf ?? firstSeenAt),
  );
  if (!resolved.ok) problems.push(...resolved.problems);
  if (!resolved.ok || database === undefined) return { ok: false, problems };

  const runId = runIdOf(message, messageId);
  if (others.length > 0) {
    const { runId: _, ...rest } = message;
    const nightshift = { runId, attempt: 1, deferrals: 0, firstSeenAt, catalog: catalog.hash };
    return {
      ok: true,
      fanOut: [database, ...others].map((each) => ({ ...rest, database: each, nightshift })),
    };
  }
  return {
    ok: true,
    request: {
      runId,
      job,
      database,
      scheduledFor: message.scheduledFor ?? null,
      parameters: resolved.values,
      requestHash: hashOf(job.name, database, given),
      attempt: message.nightshift?.attempt ?? 1,
      deferrals: message.nightshift?.deferrals ?? 0,
      firstSeenAt,
      message: {
        job: job.name,
        database,
        ...(message.scheduledFor === undefined ? {} : { scheduledFor: message.scheduledFor }),
        ...(message.force === undefined ? {} : { force: message.force }),
        ...(message.parameters === undefined ? {} : { parameters: message.parameters }),
        nightshift: {
          runId,
          attempt: message.nightshift?.attempt ?? 1,
          deferrals: message.nightshift?.deferrals ?? 0,
          firstSeenAt,
          ...(message.nightshift?.missed === undefined ? {} : { missed: message.nightshift.missed }),
          ...(message.nightshift?.asOf === undefined ? {} : { asOf: message.nightshift.asOf }),
          ...(message.nightshift?.redriveOf === undefined ? {} : { redriveOf: message.nightshift.redriveOf }),
          catalog: message.nightshift?.catalog ?? catalog.hash,
        },
      },
    },
  };
}

/** The same run's message for another attempt, or for another try at being claimed. */
export function messageFor(request: RunRequest, attempt: number, deferrals: number): JobMessage {
  const { message } = request;
  if (message.nightshift === undefined) return message;
  return attempt === request.attempt
    ? { ...message, nightshift: { ...message.nightshift, attempt, deferrals } }
    : attemptMessage(message, message.nightshift, attempt);
}

/**
 * The message of an attempt that nobody has tried to claim yet: the time for which it could not be claimed, which is
 * limited, begins with its first receipt. What "yesterday" goes by stays.
 */
export function attemptMessage(
  message: JobMessage,
  { firstSeenAt, ...own }: NonNullable<JobMessage['nightshift']>,
  attempt: number,
): JobMessage {
  const asOf = own.asOf ?? firstSeenAt;
  return {
    ...message,
    nightshift: { ...own, ...(asOf === undefined ? {} : { asOf }), attempt, deferrals: 0 },
  };
}

/** Order of keys does not matter to the sender, so it must not matter here. */
function hashOf(job: string, database: string, parameters: Readonly<Record<string, JsonValue>>): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(toJson([job, database, sorted.map(([name, value]) => [name, value])]))
    .digest('hex');
}
