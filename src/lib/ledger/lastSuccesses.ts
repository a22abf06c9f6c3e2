import type { Connection } from '../database/connection.ts';

/** Epoch milliseconds by job; jobs that never succeeded in the connection's database are not there. */
export async function lastSuccesses(
  connection: Connection,
  jobs: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await connection.query(
    `SELECT job, (extract(epoch FROM finished_at) * 1000)::bigint AS at
     FROM nightshift.last_successes(ARRAY(SELECT jsonb_array_elements_text($1)))`,
    [JSON.stringify(jobs)],
  );
  return new Map(rows.map((row) => [row['job'] ?? '', Number(row['at'])]));
}

/** Since when each scheduled job is planned, epoch milliseconds; asked of the home database. */
export async function plannedSince(connection: Connection): Promise<ReadonlyMap<string, number>> {
  const rows = await connection.query(
    `SELECT job, (extract(epoch FROM first_planned_at) * 1000)::bigint AS at FROM nightshift.planned_jobs()`,
  );
  return new Map(rows.map((row) => [row['job'] ?? '', Number(row['at'])]));
}
