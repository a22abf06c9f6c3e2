import { makeEvent, outcomeId, type RunEvent, type RunOutcome } from '../messages/event.ts';
import { encodeEvent } from '../messages/fitEvent.ts';
import type { MessageProblem } from '../messages/problem.ts';
import type { AttemptError, ResultData } from '../messages/resultData.ts';
import type { RunData } from '../messages/runData.ts';
import type { RunRequest } from './request.ts';

const NOTHING: ResultData = { statements: [], columns: [], rows: [], truncated: false };

/** Which run it is, as far as that is known, and whose. */
export interface RunSubject {
  /** CloudEvents `source`. */
  readonly source: string;
  readonly runId: string;
  readonly job: string | null;
  readonly database: string | null;
  readonly scheduledFor: string | null;
}

export function subjectOf({ runId, job, database, scheduledFor }: RunRequest, source: string): RunSubject {
  return { source, runId, job: job.name, database, scheduledFor };
}

/** The attempt that decided the outcome. */
export interface DecidingAttempt {
  readonly attempt: number;
  readonly firstStartedAt: string;
  readonly startedAt: string;
  readonly errors: readonly AttemptError[];
}

/** A run that was started: it succeeded, or it failed for good. Times are ISO 8601, by the database's clock. */
export function startedRunEvent(
  outcome: RunOutcome,
  subject: RunSubject,
  decided: DecidingAttempt,
  finishedAt: string,
  rest: Pick<RunData, 'error'> & Partial<ResultData> & Pick<Partial<RunData>, 'reason'>,
): Uint8Array {
  const { attempt, firstStartedAt, startedAt, errors } = decided;
  return encode(outcome, finishedAt, subject, {
    startedAt,
    finishedAt,
    lateness: latenessSeconds(subject.scheduledFor, firstStartedAt),
    attempt,
    ...NOTHING,
    ...rest,
    ...(errors.length === 0 ? {} : { errors: [...errors] }),
  });
}

/** A run that never started, and why. */
export function unstartedRunEvent(
  outcome: RunOutcome,
  subject: RunSubject,
  at: string,
  reason: string,
  problems: readonly MessageProblem[] = [],
): Uint8Array {
  return encode(outcome, at, subject, {
    startedAt: null,
    finishedAt: null,
    lateness: null,
    attempt: 0,
    ...NOTHING,
    error: null,
    reason,
    ...(problems.length === 0 ? {} : { problems: [...problems] }),
  });
}

function encode(
  outcome: RunOutcome,
  time: string,
  { source, ...subject }: RunSubject,
  data: Omit<RunData, keyof RunSubject>,
): Uint8Array {
  return encodeEvent(
    makeEvent<RunEvent>({
      type: `nightshift.run.${outcome}`,
      source,
      id: outcomeId(subject.runId, outcome),
      subject: subject.job ?? subject.runId,
      time,
      data: { ...subject, ...data },
    }),
  );
}

function latenessSeconds(scheduledFor: string | null, startedAt: string): number | null {
  return scheduledFor === null ? null : (Date.parse(startedAt) - Date.parse(scheduledFor)) / 1000;
}
