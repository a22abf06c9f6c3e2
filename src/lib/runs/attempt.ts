import type { SqlError } from '../database/databaseError.ts';
import type { Job } from '../jobs/job.ts';
import { ownError } from '../messages/ownError.ts';
import type { ErrorData, ResultData, StatementResult } from '../messages/resultData.ts';

/** How one attempt at a job's SQL ended. Every attempt yields one of these, then one transition writes it. */
export type Attempt =
  /** Of a transactional job: committed, event and all. */
  | { readonly kind: 'committed'; readonly event: Uint8Array }
  /** Of a job without a transaction: its SQL is done, the outcome is still to be written. */
  | { readonly kind: 'done'; readonly result: ResultData }
  /** `statements` are those whose effects stand all the same: only a job without a transaction has any. */
  | { readonly kind: 'failed'; readonly error: ErrorData; readonly statements: readonly StatementResult[] }
  /** The worker was asked to stop: cancelled, and somebody else's to do again. */
  | { readonly kind: 'interrupted' }
  /** The ledger says that this attempt is not ours any more. */
  | { readonly kind: 'stale' };

/** A script that ended the transaction its outcome should have been committed with. It is never run again. */
export function transactionEnded(job: Job, cause: SqlError | null = null): ErrorData {
  return ownError(
    'The SQL ended the transaction that Nightshift had begun for it: its effects may be partial.',
    {
      sqlState: cause?.sqlState ?? null,
      detail: cause?.message ?? null,
      hint: 'Take COMMIT and ROLLBACK out of the job, or set "transaction: false" in its front matter.',
      file: job.file,
    },
  );
}

/** A job over its time. Not retried: the next attempt would take as long again. */
export function timeoutError(file: string, timeoutMs: number, confirmed: boolean): ErrorData {
  const how = confirmed ? 'the server cancelled it' : 'it did not heed the cancel, and its session was ended';
  return ownError(`The job ran longer than its timeout of ${timeoutMs / 1000} s; ${how}.`, {
    sqlState: '57014',
    hint: 'Make the SQL faster, split the job, or set a longer timeout in its front matter.',
    file,
  });
}
