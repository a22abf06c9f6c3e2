import type { Connection } from '../../lib/database/connection.ts';
import { parseJson } from '../../lib/json.ts';
import type { Connections } from '../connections.ts';
import type { RunRow } from './runRow.ts';

export interface RunFilter {
  readonly runId?: string | undefined;
  readonly job?: string | undefined;
  readonly states?: readonly string[] | undefined;
  /** ISO 8601; by the time a run was received. `until` is exclusive. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly limit: number;
}

// Instants in one form, whatever the login's DateStyle and TimeZone are.
const LIST_RUNS = `
SELECT run_id, job, database, state, attempt, redrive_of, parameters, errors,
       to_char(scheduled_for AT TIME ZONE 'UTC', f) AS scheduled_for,
       to_char(received_at   AT TIME ZONE 'UTC', f) AS received_at,
       to_char(started_at    AT TIME ZONE 'UTC', f) AS started_at,
       to_char(finished_at   AT TIME ZONE 'UTC', f) AS finished_at,
       to_char(not_before    AT TIME ZONE 'UTC', f) AS not_before,
       to_char(published_at  AT TIME ZONE 'UTC', f) AS published_at,
       convert_from(event, 'UTF8') AS event
FROM nightshift.list_runs($1, $2, ARRAY(SELECT jsonb_array_elements_text($3)), $4, $5, $6),
     (VALUES ('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS format (f)
ORDER BY received_at DESC`;

/** Every state that a run can have, in the order of its life. */
export const STATES = [
  'waiting',
  'running',
  'succeeded',
  'failed',
  'rejected',
  'skipped',
  'missed',
  'deadlettered',
] as const;

/** The newest first. */
export async function listRuns(connection: Connection, filter: RunFilter): Promise<RunRow[]> {
  const rows = await connection.query(LIST_RUNS, [
    filter.runId ?? null,
    filter.job ?? null,
    JSON.stringify(filter.states ?? STATES),
    filter.since ?? null,
    filter.until ?? null,
    String(filter.limit),
  ]);
  return rows.map((row) => ({
    runId: row['run_id'] ?? '',
    job: row['job'] ?? '',
    database: row['database'] ?? '',
    state: row['state'] ?? '',
    attempt: Number(row['attempt']),
    scheduledFor: row['scheduled_for'] ?? null,
    receivedAt: row['received_at'] ?? '',
    startedAt: row['started_at'] ?? null,
    finishedAt: row['finished_at'] ?? null,
    notBefore: row['not_before'] ?? null,
    publishedAt: row['published_at'] ?? null,
    redriveOf: row['redrive_of'] ?? null,
    parameters: parseJson(row['parameters'] ?? '{}'),
    errors: parseJson(row['errors'] ?? '[]'),
    event: row['event'] ?? null,
  }));
}

/** The same from every configured database, or from the one that is named. @throws DatabaseError, CliError */
export async function findRuns(
  connections: Connections,
  filter: RunFilter,
  database?: string,
): Promise<RunRow[]> {
  const names = database === undefined ? [...connections.settings.databases.keys()] : [database];
  const found: RunRow[] = [];
  for (const name of names) {
    found.push(...(await connections.ledger(name, (connection) => listRuns(connection, filter))));
  }
  return found.toSorted((a, b) => (a.receivedAt < b.receivedAt ? 1 : -1)).slice(0, filter.limit);
}
