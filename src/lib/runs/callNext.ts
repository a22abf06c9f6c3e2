import { nextInLine } from '../ledger/nextInLine.ts';
import type { RunRequest } from './request.ts';
import { resend } from './resend.ts';
import type { Worker } from './worker.ts';

/**
 * After a run of a job with `overlap: queue`: the next one in line need not wait until it looks for its turn itself,
 * which is seldom. It looks all the same, should this be lost.
 */
export async function callNext(worker: Worker, { job, database: name }: RunRequest): Promise<void> {
  const database = worker.databases.get(name);
  if (database === undefined) return;
  const next = await database.withConnection((connection) => nextInLine(connection, job.name));
  if (next !== null) await resend(worker, next);
}
