import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { QUEUES } from '../local/stack/names.ts';
import type { Answers } from './answers.ts';
import type { Request } from './plan/request.ts';
import type { Random } from './random.ts';

/** What was asked for, and by which messages. */
export interface Sent {
  readonly request: Request;
  /** The queue's ids of its messages. */
  readonly messageIds: string[];
}

export interface FeedOptions {
  readonly queues: QueueServiceClient;
  readonly requests: readonly Request[];
  readonly answers: Answers;
  /** Most messages a second. */
  readonly rate: number;
  /** Most requests that wait for their answer: the queue emulator's time grows with its depth. */
  readonly depth: number;
  /** No further message once this is aborted. */
  readonly signal: AbortSignal;
  /** When each copy follows. */
  readonly random: Random;
}

/** Sends every request's messages; the copies of one, and rivals, come within seconds of each other. */
export async function feed(options: FeedOptions): Promise<Sent[]> {
  const { requests, answers, rate, depth, signal, random } = options;
  const sent: Sent[] = [];
  const copies: Promise<void>[] = [];
  const startedAt = Date.now();
  let messages = 0;
  for (const request of requests) {
    while (!signal.aborted && (sent.length - answers.count() >= depth || tooFast(messages, startedAt, rate)))
      await sleep(20);
    if (signal.aborted) break;
    const entry: Sent = { request, messageIds: [] };
    sent.push(entry);
    const [first, ...others] = request.bodies;
    messages += request.bodies.length;
    await put(options, entry, first ?? '');
    for (const body of others) {
      const delayMs = random.integer(0, random.chance(0.5) ? 600 : 4000);
      copies.push(sleep(delayMs).then(() => put(options, entry, body)));
    }
  }
  await Promise.all(copies);
  return sent;
}

const tooFast = (messages: number, startedAt: number, rate: number) =>
  messages > ((Date.now() - startedAt) / 1000) * rate;

async function put({ queues, answers }: FeedOptions, { request, messageIds }: Sent, body: string) {
  const queue = queues.getQueueClient(QUEUES[request.queue]);
  const { messageId } = await queue.sendMessage(body, { messageTimeToLive: -1 });
  messageIds.push(messageId);
  answers.expect(request, messageId);
}
