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
