import type { Connection } from '../database/connection.ts';
import type { StrandedRun } from './stranded.ts';

/** The run of a job with `overlap: queue` that may start now; null while one is under way, or none waits. */
export async function nextInLine(connection: Connection, job: string): Promise<StrandedRun | null> {
  const [row] = await connection.query('SELECT run_id, attempt, message FROM nightshift.next_in_line($1)', [
    job,
  ]);
  return row === undefined
    ? null
    : { runId: row['run_id'] ?? '', attempt: Number(row['attempt']), message: row['message'] ?? '' };
}
