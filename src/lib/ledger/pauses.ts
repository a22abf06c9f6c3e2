import type { Connection } from '../database/connection.ts';

export interface Pause {
  /** A job's name, or `*` for all. */
  readonly job: string;
  readonly reason: string | null;
  /** ISO 8601; null: until it is resumed. */
  readonly until: string | null;
  readonly pausedAt: string;
}

/** Those that hold now; one whose time is up holds nothing. */
export async function listPauses(connection: Connection): Promise<Pause[]> {
  const rows = await connection.query(
    `SELECT job, reason, to_json(until) #>> '{}' AS until, to_json(paused_at) #>> '{}' AS paused_at
     FROM nightshift.list_pauses()`,
  );
  return rows.map((row) => ({
    job: row['job'] ?? '',
    reason: row['reason'] ?? null,
    until: row['until'] ?? null,
    pausedAt: row['paused_at'] ?? '',
  }));
}

/** Pauses a job, or changes its pause. `job` may be `*`; `until` ISO 8601. */
export async function pauseJob(
  connection: Connection,
  job: string,
  until: string | null,
  reason: string | null,
): Promise<void> {
  await connection.query('SELECT nightshift.pause_job($1, $2, $3)', [job, until, reason]);
}

/** False: it was not paused. */
export async function resumeJob(connection: Connection, job: string): Promise<boolean> {
  const [row] = await connection.query('SELECT nightshift.resume_job($1) AS resumed', [job]);
  return row?.['resumed'] === 't';
}
