import type { Connection } from '../database/connection.ts';

/** An event that a crash between commit and publish left behind. */
export interface UnpublishedRun {
  readonly runId: string;
  readonly event: Uint8Array;
}

export async function markPublished(connection: Connection, runIds: readonly string[]): Promise<void> {
  await connection.query('SELECT nightshift.mark_published(ARRAY(SELECT jsonb_array_elements_text($1)))', [
    JSON.stringify(runIds),
  ]);
}

/** The oldest first; those younger than `olderThanSeconds` are probably being published right now. */
export async function unpublishedRuns(
  connection: Connection,
  olderThanSeconds: number,
  limit: number,
): Promise<UnpublishedRun[]> {
  const rows = await connection.query(
    "SELECT run_id, encode(event, 'hex') AS event FROM nightshift.unpublished_runs($1, $2)",
    [`${olderThanSeconds} seconds`, String(limit)],
  );
  return rows.map((row) => ({ runId: row['run_id'] ?? '', event: Buffer.from(row['event'] ?? '', 'hex') }));
}
