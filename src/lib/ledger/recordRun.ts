import type { Connection } from '../database/connection.ts';
import type { RunOutcome } from '../messages/event.ts';
import type { ClaimRequest } from './claim.ts';

/**
 * Ends a run that waits, or whose worker died, and that cannot be made sense of any more.
 *
 * @returns the event of the outcome that stands; null where the ledger has no such run, or somebody is on it
 */
export async function rejectIdleRun(
  connection: Connection,
  runId: string,
  job: string,
  event: Uint8Array,
): Promise<Uint8Array | null> {
  const [row] = await connection.query(
    "SELECT encode(nightshift.reject_run($1, $2, decode($3, 'hex')), 'hex') AS event",
    [runId, job, Buffer.from(event).toString('hex')],
  );
  const standing = row?.['event'];
  return standing ? Buffer.from(standing, 'hex') : null;
}

/**
 * Writes down a run that ends without a start.
 *
 * @returns the event of the outcome that stands, which may be an earlier one's; null while the run waits or runs
 */
export async function recordRun(
  connection: Connection,
  request: Omit<ClaimRequest, 'attempt' | 'timeoutMs' | 'maxCrashes' | 'redriveOf'>,
  outcome: RunOutcome,
  event: Uint8Array,
): Promise<Uint8Array | null> {
  const [row] = await connection.query(
    `SELECT encode(nightshift.record_run($1, $2, $3, $4, $5, $6, $7, $8, decode($9, 'hex')), 'hex') AS event`,
    [
      request.runId,
      request.job,
      request.database,
      request.requestHash,
      request.scheduledFor,
      JSON.stringify(request.parameters),
      request.message,
      outcome,
      Buffer.from(event).toString('hex'),
    ],
  );
  const standing = row?.['event'];
  return standing ? Buffer.from(standing, 'hex') : null;
}
