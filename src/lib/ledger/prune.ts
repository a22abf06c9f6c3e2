import type { Connection } from '../database/connection.ts';

export interface Retention {
  /** Days that ended runs, occurrences and dead letters are kept; at least 14. */
  readonly days: number;
  /** Runs that are kept in each database at most; those of the last 14 days are kept however many. */
  readonly runs: number;
}

export interface Pruned {
  readonly runs: number;
  readonly occurrences: number;
  readonly deadLetters: number;
}

/** Deletes one batch of what is older than the retention: small, so that no lock is held for long. */
export async function prune(connection: Connection, retention: Retention, limit: number): Promise<Pruned> {
  const [row] = await connection.query('SELECT * FROM nightshift.prune($1, $2, $3)', [
    `${retention.days} days`,
    String(retention.runs),
    String(limit),
  ]);
  return {
    runs: Number(row?.['runs']),
    occurrences: Number(row?.['occurrences']),
    deadLetters: Number(row?.['dead_letters']),
  };
}
