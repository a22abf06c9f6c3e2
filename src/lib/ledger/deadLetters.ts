import type { Connection } from '../database/connection.ts';
import type { MessageProblem } from '../messages/problem.ts';
import type { ReceivedMessage } from '../messages/receivedMessage.ts';

/**
 * Keeps a message that cannot be run, whole. Once: a redelivery finds it kept.
 *
 * @returns the event that tells it, which is the first delivery's
 */
export async function keepDeadLetter(
  connection: Connection,
  message: ReceivedMessage,
  reason: string,
  problems: readonly MessageProblem[],
  event: Uint8Array,
): Promise<Uint8Array> {
  const [row] = await connection.query(
    `SELECT encode(nightshift.keep_dead_letter($1, $2, decode($3, 'hex'), $4, $5, $6, $7, decode($8, 'hex')), 'hex') AS event`,
    [
      message.queue,
      message.id,
      Buffer.from(message.body).toString('hex'),
      reason,
      JSON.stringify(problems),
      String(message.dequeueCount),
      message.insertedAt?.toISOString() ?? null,
      Buffer.from(event).toString('hex'),
    ],
  );
  return Buffer.from(row?.['event'] ?? '', 'hex');
}

export async function markDeadLetterPublished(
  connection: Connection,
  queue: string,
  id: string,
): Promise<void> {
  await connection.query('SELECT nightshift.mark_dead_letter_published($1, $2)', [queue, id]);
}

/** The events of letters that were kept and, so it seems, never told; the oldest first. */
export async function unpublishedDeadLetters(
  connection: Connection,
  olderThanSeconds: number,
  limit: number,
): Promise<{ queue: string; messageId: string; event: Uint8Array }[]> {
  const rows = await connection.query(
    "SELECT queue, message_id, encode(event, 'hex') AS event FROM nightshift.unpublished_dead_letters($1, $2)",
    [`${olderThanSeconds} seconds`, String(limit)],
  );
  return rows.map((row) => ({
    queue: row['queue'] ?? '',
    messageId: row['message_id'] ?? '',
    event: Buffer.from(row['event'] ?? '', 'hex'),
  }));
}

/** A message that was kept. */
export interface DeadLetter {
  readonly id: string;
  readonly queue: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly reason: string;
  readonly problems: readonly MessageProblem[];
  readonly dequeueCount: number;
  /** ISO 8601. */
  readonly keptAt: string;
  readonly redrives: number;
  readonly redrivenAt: string | null;
}

export interface DeadLetterFilter {
  readonly id?: string;
  readonly queue?: string;
  readonly limit: number;
}

/** The newest first. */
export async function listDeadLetters(
  connection: Connection,
  filter: DeadLetterFilter,
): Promise<DeadLetter[]> {
  const rows = await connection.query(
    `SELECT id, queue, message_id, encode(body, 'hex') AS body, reason, problems, dequeue_count, redrives,
            to_json(kept_at) #>> '{}' AS kept_at, to_json(redriven_at) #>> '{}' AS redriven_at
     FROM nightshift.list_dead_letters($1, $2, $3)`,
    [filter.id ?? null, filter.queue ?? null, String(filter.limit)],
  );
  return rows.map((row) => ({
    id: row['id'] ?? '',
    queue: row['queue'] ?? '',
    messageId: row['message_id'] ?? '',
    body: Buffer.from(row['body'] ?? '', 'hex'),
    reason: row['reason'] ?? '',
    // Written by keepDeadLetter.
    problems: JSON.parse(row['problems'] ?? '[]') as MessageProblem[],
    dequeueCount: Number(row['dequeue_count']),
    keptAt: row['kept_at'] ?? '',
    redrives: Number(row['redrives']),
    redrivenAt: row['redriven_at'] ?? null,
  }));
}

/** False: another redrive of the same letter came first. */
export async function confirmRedrive(connection: Connection, id: string, redrive: number): Promise<boolean> {
  const [row] = await connection.query('SELECT nightshift.confirm_redrive($1, $2) AS confirmed', [
    id,
    String(redrive),
  ]);
  return row?.['confirmed'] === 't';
}

export async function dropDeadLetter(connection: Connection, id: string): Promise<boolean> {
  const [row] = await connection.query('SELECT nightshift.drop_dead_letter($1) AS dropped', [id]);
  return row?.['dropped'] === 't';
}
