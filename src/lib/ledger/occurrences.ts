import type { Connection } from '../database/connection.ts';
import type { PlannedOccurrence } from './tick.ts';

/** Those whose run has not been seen to start or end, due before an instant (epoch milliseconds); the oldest first. */
export async function openOccurrences(
  connection: Connection,
  beforeMs: number,
  limit: number,
): Promise<PlannedOccurrence[]> {
  const rows = await connection.query(
    `SELECT run_id, job, database, (extract(epoch FROM scheduled_for) * 1000)::bigint AS scheduled_for
     FROM nightshift.open_occurrences($1, $2)`,
    [new Date(beforeMs).toISOString(), String(limit)],
  );
  return rows.map((row) => ({
    runId: row['run_id'] ?? '',
    job: row['job'] ?? '',
    database: row['database'] ?? '',
    scheduledFor: Number(row['scheduled_for']),
  }));
}

export async function settleOccurrences(connection: Connection, runIds: readonly string[]): Promise<void> {
  await connection.query(
    'SELECT nightshift.settle_occurrences(ARRAY(SELECT jsonb_array_elements_text($1)))',
    [JSON.stringify(runIds)],
  );
}

export async function addOccurrences(
  connection: Connection,
  occurrences: readonly PlannedOccurrence[],
): Promise<void> {
  await connection.query('SELECT nightshift.add_occurrences($1)', [JSON.stringify(occurrences)]);
}

/** Instants (epoch milliseconds, since `sinceMs`) of which a parent has an occurrence and the child has none yet. */
export async function chainCandidates(
  connection: Connection,
  child: string,
  parents: readonly string[],
  sinceMs: number,
  limit: number,
): Promise<number[]> {
  const rows = await connection.query(
    `SELECT (extract(epoch FROM scheduled_for) * 1000)::bigint AS at
     FROM nightshift.chain_candidates($1, ARRAY(SELECT jsonb_array_elements_text($2)), $3, $4)`,
    [child, JSON.stringify(parents), new Date(sinceMs).toISOString(), String(limit)],
  );
  return rows.map((row) => Number(row['at']));
}
