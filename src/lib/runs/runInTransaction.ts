import type { Connection } from '../database/connection.ts';
import { SqlError } from '../database/databaseError.ts';
import type { Job } from '../jobs/job.ts';
import { type ClaimedKey, finishRunSql } from '../ledger/transitions.ts';
import { ownError } from '../messages/ownError.ts';
import { ResultCollector } from '../messages/resultCollector.ts';
import type { ResultData } from '../messages/resultData.ts';
import { type Attempt, timeoutError, transactionEnded } from './attempt.ts';
import { withDeadline } from './deadline.ts';
import { type JobBatch, jobBatch } from './jobBatch.ts';
import { jobError } from './jobError.ts';

/** What begin_run and finish_run raise (0002_functions.sql). */
const LOCKED = 'NS001';
const STALE = 'NS002';
const TRANSACTION_ENDED = 'NS003';

/**
 * Steps 2 and 3 of the protocol: the job's changes, its outcome and its event in one transaction.
 *
 * @param succeeded makes the event from what the SQL returned
 * @throws DatabaseError `lost`: the transaction may have been committed or not; the ledger knows
 */
export async function runInTransaction(
  connection: Connection,
  job: Job,
  key: ClaimedKey,
  stopping: AbortSignal,
  succeeded: (result: ResultData) => Uint8Array,
): Promise<Attempt> {
  const batch = jobBatch(job, key);
  const collector = new ResultCollector();
  let finishing = false;
  try {
    const timed = await withDeadline(connection, job.timeoutMs, stopping, () =>
      runBatch(connection, batch, collector),
    );
    if (!timed.inTime) {
      if (timed.confirmed) await connection.command('ROLLBACK');
      if (timed.because === 'stop') return { kind: 'interrupted' };
      return {
        kind: 'failed',
        error: timeoutError(job.file, job.timeoutMs, timed.confirmed),
        statements: [],
      };
    }
    const event = succeeded(collector.result(timed.value));
    finishing = true;
    const { commands } = await connection.command(`RESET ROLE; ${finishRunSql(key, event)} COMMIT`);
    if (commands.at(-1)?.command !== 'COMMIT') {
      return { kind: 'failed', error: ownError('The server answered COMMIT with ROLLBACK.'), statements: [] };
    }
    return { kind: 'committed', event };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    // A COMMIT that fails leaves no transaction either.
    const endedItself = !connection.inTransaction && !finishing && error.statementIndex > batch.before;
    await connection.command('ROLLBACK');
    if (error.sqlState === LOCKED || error.sqlState === STALE) return { kind: 'stale' };
    if (error.sqlState === TRANSACTION_ENDED || endedItself) {
      return { kind: 'failed', error: transactionEnded(job, error), statements: [] };
    }
    const sent = {
      text: batch.text,
      shift: batch.fileOffset,
      statement: finishing ? job.statements.length : error.statementIndex - batch.before,
    };
    return { kind: 'failed', error: jobError(job, error, sent), statements: [] };
  }
}

async function runBatch(connection: Connection, batch: JobBatch, collector: ResultCollector) {
  const { commands } = await connection.script(batch.text, {
    onColumns: (statement, columns) => {
      if (statement >= batch.before) collector.begin(columns);
    },
    onRow: (values) => collector.row(values),
    onRowTooLarge: () => collector.leftOut(),
  });
  return commands.slice(batch.before, -batch.after);
}
