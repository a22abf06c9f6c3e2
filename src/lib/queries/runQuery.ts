import { DatabaseError, SqlError } from '../database/databaseError.ts';
import { isTransient } from '../database/sqlState.ts';
import { lineAndColumn, offsetOfCharacter } from '../jobs/position.ts';
import { decodeBody } from '../messages/decode.ts';
import { EVENT_BYTES } from '../messages/fitEvent.ts';
import { ownError } from '../messages/ownError.ts';
import {
  parameterTexts,
  type QueryMessage,
  readQueryMessage,
  returnAddress,
} from '../messages/queryMessage.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';
import { ResultCollector } from '../messages/resultCollector.ts';
import type { ErrorData, ResultData } from '../messages/resultData.ts';
import { tell } from '../runs/tell.ts';
import type { Worker } from '../runs/worker.ts';
import { guardedQuery } from './guardedQuery.ts';
import { queryEvent } from './queryEvents.ts';
import { rejectQuery } from './rejectQuery.ts';

/**
 * One delivery of a message from the queries queue. Queries only read, so a redelivery may run one again; its answer
 * has the same id.
 *
 * @throws DatabaseError while the database is away, or when the worker is to stop; QueueError: the host delivers the
 *   message again
 */
export async function runQuery(worker: Worker, message: ReceivedMessage): Promise<void> {
  const decoded = decodeBody(message.body);
  if (!decoded.ok) return rejectQuery(worker, message, [{ path: '', message: decoded.reason }]);
  const checked = readQueryMessage(decoded.value, worker.queues.results);
  if (!checked.ok) {
    const address = returnAddress(decoded.value, worker.queues.results);
    return rejectQuery(worker, message, checked.problems, address.queryId ?? message.id, address.replyQueue);
  }
  const query = checked.message;
  const { queryId = message.id, replyQueue } = query;
  const refusal = refusalOf(worker, query);
  if (refusal !== null) {
    return rejectQuery(worker, message, [refusal], queryId, replyQueue);
  }
  const subject = { source: worker.eventSource, queryId, database: query.database };
  const startedAt = new Date(worker.now()).toISOString();
  const ended = await execute(worker, query);
  const event = queryEvent(subject, startedAt, new Date(worker.now()).toISOString(), ended);
  await tell(worker, event, replyQueue);
}

function refusalOf(worker: Worker, query: QueryMessage) {
  if (worker.queryDatabase === null) {
    return {
      path: '',
      message:
        'Ad-hoc queries are off. To turn them on, give them a login of their own (nightshift setup --query-login <name>) and set QUERY_DATABASE_URL.',
    };
  }
  if (query.database !== 'main') {
    return { path: 'database', message: `There is no database "${query.database}" for queries: only main.` };
  }
  return null;
}

async function execute(
  worker: Worker,
  query: QueryMessage,
): Promise<{ result: ResultData } | { error: ErrorData }> {
  if (worker.queryDatabase === null) throw new Error('QUERY_DATABASE_URL was checked and is gone.');
  try {
    const guarded = {
      text: query.sql,
      values: parameterTexts(query.parameters),
      maxRows: query.maxRows,
      maxBytes: EVENT_BYTES,
      timeoutMs: query.timeoutMs,
    };
    const { columns, rows, truncated } = await guardedQuery(worker.queryDatabase, guarded, worker.stopping);
    const collector = new ResultCollector();
    collector.begin(columns);
    for (const row of rows) collector.row(row);
    const result = collector.result([{ command: 'SELECT', rowCount: rows.length }]);
    return { result: { ...result, truncated: result.truncated || truncated } };
  } catch (error) {
    if (error instanceof SqlError) return { error: sqlError(query.sql, error) };
    if (!(error instanceof DatabaseError) || error.kind === 'away' || error.kind === 'lost') throw error;
    // A refused login, a replica, a pooler: it will be so on the next delivery too.
    return { error: ownError(error.message, { sqlState: error.sqlState }) };
  }
}

function sqlError(sql: string, { fields }: SqlError): ErrorData {
  const place = fields.position === null ? null : lineAndColumn(sql, offsetOfCharacter(sql, fields.position));
  return {
    sqlState: fields.sqlState,
    message: fields.message,
    detail: fields.detail,
    hint: fields.hint,
    file: null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    retryable: isTransient(fields.sqlState),
  };
}
