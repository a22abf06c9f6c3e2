import type { Column, Connection, Database } from '../database/connection.ts';
import { DatabaseError, SqlError } from '../database/databaseError.ts';
import { sqlErrorFields } from '../database/sqlErrorFields.ts';
import { withDeadline } from '../runs/deadline.ts';

export interface GuardedQuery {
  readonly text: string;
  /** $1, $2..., in PostgreSQL's text form. */
  readonly values: readonly (string | null)[];
  /** Rows kept at most, from 1. */
  readonly maxRows: number;
  /** Bytes of the kept values at most, four more counted for each value. */
  readonly maxBytes: number;
  /** What the query may take, in milliseconds, from 1. */
  readonly timeoutMs: number;
}

export interface GuardedResult {
  readonly columns: readonly Column[];
  /** In column order, each value in PostgreSQL's text form. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether there are rows beyond these. */
  readonly truncated: boolean;
}

/** The server's own timeout comes first; this much later the worker stops waiting for it. */
const TIMEOUT_GRACE_MS = 1_000;

/**
 * Runs one query that somebody sent. The fence is the login: give it a role of its own that may read what it should
 * (DESIGN: no memberships, default_transaction_read_only, CONNECTION LIMIT). These rails stand in front of the fence:
 *
 * - One statement, executed only after the server has described it with a row. Whatever returns none never runs: SET,
 *   DO, COPY, DDL, NOTIFY, COMMIT, and writes without RETURNING. No SQL is parsed here.
 * - BEGIN READ ONLY before and ROLLBACK behind. What returns rows and writes (INSERT ... RETURNING, EXPLAIN ANALYZE of
 *   a write, a function that writes, nextval) is refused by the server, and the transaction cannot be made writable
 *   again once a statement has begun (25001). A CALL of a procedure with OUT parameters returns a row, so it runs, as
 *   harmless as a function: within the transaction it cannot commit (2D000). Large objects, which before version 16
 *   may be written in a read-only transaction, and NOTIFY from a function are rolled back.
 * - The session ends behind each query, so that session locks, set_config and prepared statements end with it.
 *
 * What is left to the login: functions that reach out of the transaction. pg_terminate_backend and pg_cancel_backend
 * hit sessions of the same login, so other queries; dblink and the file functions need rights or extensions that the
 * login should not have; pg_logical_emit_message writes a few bytes into the log; pg_sleep takes its time limit.
 *
 * @param stopping ends the query: it only reads, so the next delivery runs it again
 * @throws SqlError what the server refused, 0A000 for a statement that returns no rows, 57014 for one out of time.
 * @throws DatabaseError as Database.withConnection, and `lost`, also for a query that was stopped.
 */
export function guardedQuery(
  database: Database,
  query: GuardedQuery,
  stopping: AbortSignal,
): Promise<GuardedResult> {
  return database.withConnection(async (connection) => {
    try {
      const longest = query.timeoutMs + TIMEOUT_GRACE_MS;
      const timed = await withDeadline(connection, longest, stopping, async () => {
        // Not a parameter: SET takes none. It is a number by its type.
        await connection.script(
          `BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.ceil(query.timeoutMs)}`,
        );
        const result = await run(connection, query);
        if (!result.truncated) await connection.script('ROLLBACK');
        return result;
      });
      if (timed.inTime) return timed.value;
      if (timed.because === 'stop') throw new DatabaseError('lost', STOPPED);
      throw outOfTime(query.timeoutMs, timed.confirmed);
    } finally {
      // Also a rollback, where none was sent.
      connection.destroy();
    }
  });
}

const STOPPED = 'The worker was asked to stop while the query ran; its next delivery runs it again.';

/** Thrown into the stream of rows: there are more, and none of them is wanted. */
class Enough extends Error {}

async function run(connection: Connection, query: GuardedQuery): Promise<GuardedResult> {
  let columns: readonly Column[] = [];
  const rows: (readonly (string | null)[])[] = [];
  let bytes = 0;
  try {
    // One more than is kept, to know whether there are more.
    const request = { text: query.text, values: query.values, maxRows: query.maxRows + 1 };
    const described = await connection.portal(request, {
      onColumns: (described) => {
        columns = described;
      },
      onRow: (row) => {
        for (const value of row) bytes += 4 + Buffer.byteLength(value ?? '');
        if (rows.length === query.maxRows || bytes > query.maxBytes) throw new Enough();
        rows.push(row);
      },
      onRowTooLarge: () => {
        throw new Enough();
      },
    });
    if (!described) throw returnsNoRows();
    return { columns, rows, truncated: false };
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
    return { columns, rows, truncated: true };
  }
}

const returnsNoRows = () =>
  new SqlError(
    sqlErrorFields({
      code: '0A000',
      message: 'This statement returns no rows, so it was not executed.',
      hint: 'Ad-hoc queries read: SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN. What changes data belongs into a job.',
    }),
  );

const outOfTime = (timeoutMs: number, confirmed: boolean) =>
  new SqlError(
    sqlErrorFields({
      code: '57014',
      message: `The query ran longer than ${timeoutMs / 1000} s${confirmed ? '' : ' and did not heed its cancel; its session was ended'}.`,
    }),
  );
