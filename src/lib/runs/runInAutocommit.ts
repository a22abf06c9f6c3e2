import type { Connection } from '../database/connection.ts';
import { SqlError } from '../database/databaseError.ts';
import { quoteIdentifier } from '../database/quote.ts';
import type { Job } from '../jobs/job.ts';
import { beginRunSql, type ClaimedKey } from '../ledger/transitions.ts';
import { ownError } from '../messages/ownError.ts';
import { ResultCollector } from '../messages/resultCollector.ts';
import type { StatementResult } from '../messages/resultData.ts';
import { type Attempt, timeoutError } from './attempt.ts';
import { withDeadline } from './deadline.ts';
import { jobError } from './jobError.ts';

/**
 * A job with `transaction: false`: one statement at a time, each committed by itself, under the run's lock that
 * the claim took on this session. At least once: a crash repeats it from its first statement.
 *
 * @throws DatabaseError `lost`
 */
export async function runInAutocommit(
  connection: Connection,
  job: Job,
  key: ClaimedKey,
  stopping: AbortSignal,
): Promise<Attempt> {
  const collector = new ResultCollector();
  const done: StatementResult[] = [];
  try {
    const timed = await withDeadline(connection, job.timeoutMs, stopping, async () => {
      await begin(connection, job, key);
      for (const statement of job.statements) {
        const { commands } = await connection.script(job.sql.slice(statement.start, statement.end), {
          onColumns: (_, columns) => collector.begin(columns),
          onRow: (values) => collector.row(values),
          onRowTooLarge: () => collector.leftOut(),
        });
        done.push(...commands);
      }
    });
    const leftOpen = (timed.inTime || timed.confirmed) && (await reset(connection));
    if (timed.inTime) {
      return leftOpen
        ? { kind: 'failed', error: transactionLeftOpen(job), statements: done }
        : { kind: 'done', result: collector.result(done) };
    }
    if (timed.because === 'stop') return { kind: 'interrupted' };
    return {
      kind: 'failed',
      error: timeoutError(job.file, job.timeoutMs, timed.confirmed),
      statements: done,
    };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.sqlState === 'NS001' || error.sqlState === 'NS002') return { kind: 'stale' };
    await reset(connection);
    return { kind: 'failed', error: failure(job, error, done.length), statements: done };
  }
}

/**
 * Makes the session fit for writing the outcome: whatever the job has set (read only, a short statement_timeout, a
 * search_path of its own) ends here. True: the job had left a transaction open, which is rolled back.
 */
async function reset(connection: Connection): Promise<boolean> {
  const wasOpen = connection.inTransaction;
  await connection.command(
    `${wasOpen ? 'ROLLBACK; ' : ''}RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL`,
  );
  return wasOpen;
}

/** The build refuses BEGIN in such a job; this is for what it does not see. */
function transactionLeftOpen(job: Job) {
  return ownError('The SQL left a transaction open; it was rolled back, and what it did in it is lost.', {
    hint: 'Remove BEGIN from the job: with "transaction: false" each statement is a transaction of its own.',
    file: job.file,
  });
}

async function begin(connection: Connection, job: Job, key: ClaimedKey): Promise<void> {
  const role = job.role === null ? '' : ` SET ROLE ${quoteIdentifier(job.role)};`;
  await connection.script(beginRunSql(key, job.timeoutMs, false) + role);
}

function failure(job: Job, error: SqlError, statement: number) {
  const failed = job.statements[statement];
  const start = failed?.start ?? 0;
  return jobError(job, error, { text: job.sql.slice(start, failed?.end), shift: -start, statement });
}
