import { z } from 'zod';
import type { Connection } from '../../lib/database/connection.ts';

/** A message that could not be run, as it is kept in the home database. The form of `dead-letters list --json`. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string;
  readonly reason: string;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly dequeueCount: number;
  /** ISO 8601, UTC: when it was put on the queue, and when it was given up. */
  readonly insertedAt: string | null;
  readonly keptAt: string;
  readonly body: Uint8Array;
}

export interface DeadLetterFilter {
  readonly id?: string;
  readonly queue?: string;
  readonly limit: number;
}

const LIST_DEAD_LETTERS = `
SELECT id, queue, message_id, reason, problems, dequeue_count, encode(body, 'base64') AS body,
       to_char(inserted_at AT TIME ZONE 'UTC', f) AS inserted_at,
       to_char(kept_at     AT TIME ZONE 'UTC', f) AS kept_at
FROM nightshift.list_dead_letters($1, $2, $3), (VALUES ('YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS format (f)`;

const problemsSchema = z.array(z.object({ path: z.string(), message: z.string() })).catch([]);

/** The newest first. */
export async function listDeadLetters(
  connection: Connection,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> {
  const rows = await connection.query(LIST_DEAD_LETTERS, [
    filter.id ?? null,
    filter.queue ?? null,
    String(filter.limit),
  ]);
  return rows.map((row) => ({
    id: row['id'] ?? '',
    queue: row['queue'] ?? '',
    messageId: row['message_id'] ?? '',
    reason: row['reason'] ?? '',
    problems: problemsSchema.parse(JSON.parse(row['problems'] ?? '[]')),
    dequeueCount: Number(row['dequeue_count']),
    insertedAt: row['inserted_at'] ?? null,
    keptAt: row['kept_at'] ?? '',
    body: Buffer.from(row['body'] ?? '', 'base64'),
  }));
}
