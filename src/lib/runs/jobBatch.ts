import { quoteIdentifier } from '../database/quote.ts';
import type { Job } from '../jobs/job.ts';
import { beginRunSql, type ClaimedKey } from '../ledger/transitions.ts';

/** A job's file between what begins its transaction and what ends its part of it, as one message to the server. */
export interface JobBatch {
  readonly text: string;
  /** Statements of ours before the file's first, and after its last. */
  readonly before: number;
  readonly after: number;
  /** Where the file begins in the text: UTF-16 units. */
  readonly fileOffset: number;
}

export function jobBatch(job: Job, key: ClaimedKey): JobBatch {
  const opening = [
    `BEGIN ISOLATION LEVEL ${job.isolation.toUpperCase()};`,
    beginRunSql(key, job.timeoutMs, true),
    ...(job.role === null ? [] : [`SET LOCAL ROLE ${quoteIdentifier(job.role)};`]),
  ];
  const head = `${opening.join(' ')}\n`;
  // What the job deferred is checked here, as the job's own role and within its time, not at our COMMIT. The line
  // feed ends a last line that is a comment, the semicolon a last statement without one.
  const tail = '\n; SET CONSTRAINTS ALL IMMEDIATE';
  return { text: head + job.sql + tail, before: opening.length, after: 1, fileOffset: head.length };
}
