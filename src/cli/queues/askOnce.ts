import { randomBytes } from 'node:crypto';
import type { QueueServiceClient } from '@azure/storage-queue';
import type { Decoded } from '../../lib/messages/decode.ts';
import { toQueueError } from '../../lib/messages/queueError.ts';
import { createReplyQueue } from '../../lib/messages/replyQueue.ts';
import type { Settings } from '../../lib/settings.ts';

export interface Question {
  /** The message's bytes, which name the reply queue. */
  message(replyTo: string): Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Sends a query and waits for its answer on a queue of its own, which is deleted however this ends; so is the
 * question, if nobody has taken it yet.
 *
 * @returns null when no answer came in time
 * @throws QueueError, and the signal's reason
 */
export async function askOnce(
  service: QueueServiceClient,
  { queues, messageEncoding }: Pick<Settings, 'queues' | 'messageEncoding'>,
  question: Question,
): Promise<Decoded | null> {
  const reply = await createReplyQueue(service, queues.results, replyName(queues.results));
  try {
    const body = Buffer.from(question.message(reply.replyTo));
    const takeBack = await send(
      service,
      queues.queries,
      body.toString(messageEncoding === 'none' ? 'utf8' : 'base64'),
      question,
    );
    let answer: Decoded | null = null;
    try {
      answer = await reply.receive(question);
    } finally {
      if (answer === null) await takeBack();
    }
    return answer;
  } finally {
    await reply.delete();
  }
}

/** What is asked is worth nothing later, so the message expires with the patience of whoever asks. */
async function send(service: QueueServiceClient, queue: string, text: string, { timeoutMs }: Question) {
  const client = service.getQueueClient(queue);
  try {
    const sent = await client.sendMessage(text, {
      messageTimeToLive: Math.max(Math.ceil(timeoutMs / 1000), 1),
    });
    // Gone, or taken by a worker: both are fine.
    return () => client.deleteMessage(sent.messageId, sent.popReceipt).then(nothing, nothing);
  } catch (error) {
    throw toQueueError(error, queue);
  }
}

const nothing = () => {};

/** A queue's name has 63 characters at most, and the results queue's name begins it. */
function replyName(resultsQueue: string): string {
  const room = 63 - resultsQueue.length - '-cli'.length;
  return `cli${randomBytes(8).toString('hex').slice(0, room)}`;
}
