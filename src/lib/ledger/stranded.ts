import type { Connection } from '../database/connection.ts';

/** A run whose message seems to be lost. */
export interface StrandedRun {
  readonly runId: string;
  readonly attempt: number;
  /** JSON text of the message that runs it. */
  readonly message: string;
}

/** Runs that wait or ran, are overdue by `olderThanSeconds`, and have no worker: each is given once in that time. */
export async function takeStrandedRuns(
  connection: Connection,
  olderThanSeconds: number,
  limit: number,
): Promise<StrandedRun[]> {
  const rows = await connection.query(
    'SELECT run_id, attempt, message FROM nightshift.take_stranded_runs($1, $2)',
    [`${olderThanSeconds} seconds`, String(limit)],
  );
  return rows.map((row) => ({
    runId: row['run_id'] ?? '',
    attempt: Number(row['attempt']),
    message: row['message'] ?? '',
  }));
}
