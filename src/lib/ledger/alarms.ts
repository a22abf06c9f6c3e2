import type { Connection } from '../database/connection.ts';

/** What did not happen: an occurrence has not started, a job has not succeeded, a database cannot be asked. */
export type AlarmKind = 'not started' | 'no success' | 'unknown';

/** One alarm stands for a job in a database and a kind, however long. */
export interface AlarmKey {
  readonly job: string;
  readonly database: string;
  readonly kind: AlarmKind;
}

export interface Alarm extends AlarmKey {
  /** ISO 8601; null where no occurrence is meant. */
  readonly scheduledFor: string | null;
  readonly reason: string;
  /** ISO 8601. */
  readonly raisedAt: string;
}

export async function listAlarms(connection: Connection): Promise<Alarm[]> {
  const rows = await connection.query(
    `SELECT job, database, kind, to_json(scheduled_for) #>> '{}' AS scheduled_for, reason,
            to_json(raised_at) #>> '{}' AS raised_at
     FROM nightshift.list_alarms()`,
  );
  return rows.map((row) => ({
    job: row['job'] ?? '',
    database: row['database'] ?? '',
    // The column's CHECK allows no others.
    kind: row['kind'] as AlarmKind,
    scheduledFor: row['scheduled_for'] ?? null,
    reason: row['reason'] ?? '',
    raisedAt: row['raised_at'] ?? '',
  }));
}

/** The event to tell; null when it stands and was told. The first event stays, whatever is given later. */
export async function raiseAlarm(
  connection: Connection,
  { job, database, kind, scheduledFor, reason }: Omit<Alarm, 'raisedAt'>,
  event: Uint8Array,
): Promise<Uint8Array | null> {
  const [row] = await connection.query(
    "SELECT encode(nightshift.raise_alarm($1, $2, $3, $4, $5, decode($6, 'hex')), 'hex') AS event",
    [job, database, kind, scheduledFor, reason, Buffer.from(event).toString('hex')],
  );
  const unpublished = row?.['event'];
  return unpublished ? Buffer.from(unpublished, 'hex') : null;
}

export async function markAlarmPublished(
  connection: Connection,
  { job, database, kind }: AlarmKey,
): Promise<void> {
  await connection.query('SELECT nightshift.mark_alarm_published($1, $2, $3)', [job, database, kind]);
}

export async function clearAlarm(connection: Connection, { job, database, kind }: AlarmKey): Promise<void> {
  await connection.query('SELECT nightshift.clear_alarm($1, $2, $3)', [job, database, kind]);
}
