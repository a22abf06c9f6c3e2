import type { Connection } from '../database/connection.ts';
import type { RunOutcome } from '../messages/event.ts';
import type { ClaimRequest } from './claim.ts';

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
