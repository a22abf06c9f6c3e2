import type { Connection } from '../database/connection.ts';
import { SqlError } from '../database/databaseError.ts';
import { quoteIdentifier } from '../database/quote.ts';
import type { Job } from '../jobs/job.ts';
import { type AttemptKey, beginRunSql } from '../ledger/transitions.ts';
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
  key: AttemptKey,
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
        });
        done.push(...commands);
      }
      await connection.script('RESET ROLE');
    });
    if (timed.inTime) return { kind: 'done', result: collector.result(done) };
    if (timed.because === 'stop') return { kind: 'interrupted' };
    return {
      kind: 'failed',
      error: timeoutError(job.file, job.timeoutMs, timed.confirmed),
      statements: done,
    };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.sqlState === 'NS001' || error.sqlState === 'NS002') return { kind: 'stale' };
    await connection.script('RESET ROLE');
    return { kind: 'failed', error: failure(job, error, done.length), statements: done };
  }
}

async function begin(connection: Connection, job: Job, key: AttemptKey): Promise<void> {
  const role = job.role === null ? '' : ` SET ROLE ${quoteIdentifier(job.role)};`;
  await connection.script(beginRunSql(key, job.timeoutMs, false) + role);
}

function failure(job: Job, error: SqlError, statement: number) {
  const failed = job.statements[statement];
  const start = failed?.start ?? 0;
  return jobError(job, error, { text: job.sql.slice(start, failed?.end), shift: -start, statement });
}
