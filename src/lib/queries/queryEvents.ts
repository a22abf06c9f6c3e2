import { makeEvent, type QueryEvent, type QueryOutcome, queryOutcomeId } from '../messages/event.ts';
import { encodeEvent } from '../messages/fitEvent.ts';
import type { MessageProblem } from '../messages/problem.ts';
import type { QueryData } from '../messages/queryData.ts';
import type { ErrorData, ResultData } from '../messages/resultData.ts';

const NOTHING: ResultData = { statements: [], columns: [], rows: [], truncated: false };

export interface QuerySubject {
  /** CloudEvents `source`. */
  readonly source: string;
  readonly queryId: string;
  readonly database: string | null;
}

/** A query that was run. Times are ISO 8601. */
export function queryEvent(
  subject: QuerySubject,
  startedAt: string | null,
  finishedAt: string,
  ended: { readonly result: ResultData } | { readonly error: ErrorData },
): Uint8Array {
  const failed = 'error' in ended;
  const { source, ...identity } = subject;
  return encode(source, failed ? 'failed' : 'succeeded', finishedAt, {
    ...identity,
    startedAt,
    finishedAt,
    ...(failed ? NOTHING : ended.result),
    error: failed ? ended.error : null,
  });
}

export function rejectedQueryEvent(
  subject: QuerySubject,
  at: string,
  reason: string,
  problems: readonly MessageProblem[],
): Uint8Array {
  const { source, ...identity } = subject;
  return encode(source, 'rejected', at, {
    ...identity,
    startedAt: null,
    finishedAt: null,
    ...NOTHING,
    error: null,
    reason,
    problems: [...problems],
  });
}

function encode(source: string, outcome: QueryOutcome, time: string, data: QueryData): Uint8Array {
  return encodeEvent(
    makeEvent<QueryEvent>({
      type: `nightshift.query.${outcome}`,
      source,
      id: queryOutcomeId(data.queryId, outcome),
      subject: data.queryId,
      time,
      data,
    }),
  );
}
