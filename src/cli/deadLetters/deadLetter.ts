import { z } from 'zod';
import type { Connection } from '../../lib/database/connection.ts';

/** A message that could not be run, as it is kept in the home database. The form of `dead-letters list --json`. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string;
  /** That the message names; null where it names none, as a query does. */
  readonly job: string | null;
  readonly reason: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly dequeueCount: number;
  /** ISO 8601, UTC: when it was put on the queue, and when it was given up. */
  readonly insertedAt: string | null;
  readonly keptAt: string;
  /** How often it was sent again, and when last. */
  readonly redrives: number;
  readonly redrivenAt: string | null;
  /** Whether its event is on the results queue. */
  readonly told: boolean;
}

export interface WholeDeadLetter extends DeadLetter {
  readonly body: Uint8Array;
}

export interface DeadLetterFilter {
  readonly ids?: readonly string[];
  readonly queue?: string;
  readonly job?: string;
  /** Part of the reason, in any case. */
  readonly reason?: string;
  /** ISO 8601; by when it was kept. */
  readonly since?: string;
  readonly limit?: number;
}

// The event is read as json, not jsonb: that would refuse a whole list for one \u0000.
const FIND = `
SELECT d.id, d.queue, d.message_id, e.job, d.reason, d.problems, d.dequeue_count, d.redrives,
       d.published_at IS NOT NULL AS told,
       CASE WHEN $7 THEN encode(d.body, 'base64') END AS body,
       to_char(d.inserted_at AT TIME ZONE 'UTC', f) AS inserted_at,
       to_char(d.kept_at     AT TIME ZONE 'UTC', f) AS kept_at,
       to_char(d.redriven_at AT TIME ZONE 'UTC', f) AS redriven_at
FROM nightshift.list_dead_letters(NULL, $2, 2147483647) d
CROSS JOIN LATERAL (SELECT convert_from(d.event, 'UTF8')::json #>> '{data,job}') AS e (job)
CROSS JOIN (VALUES ('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS format (f)
WHERE ($1::jsonb IS NULL OR d.id IN (SELECT i::bigint FROM jsonb_array_elements_text($1) i))
  AND ($3::text IS NULL OR e.job = $3)
  AND ($4::text IS NULL OR position(lower($4) IN lower(d.reason)) > 0)
  AND ($5::timestamptz IS NULL OR d.kept_at >= $5)
ORDER BY d.id DESC LIMIT $6`;

const problemsSchema = z.array(z.object({ path: z.string(), message: z.string() })).catch([]);

/** Without their bodies, the newest first. */
export async function findDeadLetters(
  connection: Connection,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> {
  return (await connection.query(FIND, parameters(filter, false))).map(toDeadLetter);
}

export async function findWholeDeadLetters(
  connection: Connection,
  filter: DeadLetterFilter,
): Promise<WholeDeadLetter[]> {
  const rows = await connection.query(FIND, parameters(filter, true));
  return rows.map((row) => ({ ...toDeadLetter(row), body: Buffer.from(row['body'] ?? '', 'base64') }));
}

function parameters(filter: DeadLetterFilter, withBodies: boolean): (string | null)[] {
  return [
    filter.ids === undefined ? null : JSON.stringify(filter.ids),
    filter.queue ?? null,
    filter.job ?? null,
    filter.reason ?? null,
    filter.since ?? null,
    filter.limit === undefined ? null : String(filter.limit),
    String(withBodies),
  ];
}

function toDeadLetter(row: Readonly<Record<string, string | null>>): DeadLetter {
  return {
    id: row['id'] ?? '',
    queue: row['queue'] ?? '',
    messageId: row['message_id'] ?? '',
    job: row['job'] ?? null,
    reason: row['reason'] ?? '',
    problems: problemsSchema.parse(JSON.parse(row['problems'] ?? '[]')),
    dequeueCount: Number(row['dequeue_count']),
    insertedAt: row['inserted_at'] ?? null,
    keptAt: row['kept_at'] ?? '',
    redrives: Number(row['redrives']),
    redrivenAt: row['redriven_at'] ?? null,
    told: row['told'] === 't',
  };
}
