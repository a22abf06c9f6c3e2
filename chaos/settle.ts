import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { QUEUES } from '../local/stack/names.ts';
import type { Answers } from './answers.ts';
import { countUnsettled } from './database.ts';
import type { Environment } from './environment.ts';

const APP_QUEUES = [
  QUEUES.jobs,
  QUEUES.queries,
  `${QUEUES.jobs}-poison`,
  `${QUEUES.queries}-poison`,
  QUEUES.results,
];

/**
 * Waits until no message is left, no run is open and every event is told, twice in a row.
 *
 * @returns false when the time was up before
 */
export async function settle(environment: Environment, answers: Answers, seconds: number): Promise<boolean> {
  const until = Date.now() + seconds * 1000;
  let calm = 0;
  while (calm < 2) {
    if (Date.now() > until) return false;
    await sleep(500);
    const counts = await Promise.all(APP_QUEUES.map((name) => countMessages(environment.queues, name)));
    const { open, untold } = await countUnsettled(environment.postgres);
    const atRest = counts.every((count) => count === 0) && open + untold === 0;
    calm = atRest && (await answers.take()) === 0 ? calm + 1 : 0;
  }
  return true;
}

/** Those that are hidden included. */
async function countMessages(queues: QueueServiceClient, name: string): Promise<number> {
  const queue = queues.getQueueClient(name);
  // The host makes a poison queue when it first needs it.
  if (!(await queue.exists())) return 0;
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

export interface LeftMessage {
  readonly queue: string;
  /** Null for one that is hidden and cannot be read. */
  readonly body: string | null;
}

/** What is left in the queues once the workers have stopped. */
export async function takeLeftMessages(queues: QueueServiceClient): Promise<LeftMessage[]> {
  const left: LeftMessage[] = [];
  for (const name of APP_QUEUES) {
    const queue = queues.getQueueClient(name);
    if (!(await queue.exists())) continue;
    let read = 0;
    for (;;) {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages: 32,
        visibilityTimeout: 3600,
      });
      if (receivedMessageItems.length === 0) break;
      for (const { messageText } of receivedMessageItems) {
        left.push({ queue: name, body: readable(messageText) });
        read += 1;
      }
    }
    const hidden = (await countMessages(queues, name)) - read;
    left.push(...Array<LeftMessage>(hidden).fill({ queue: name, body: null }));
  }
  return left;
}

/** A body as its sender wrote it, out of base64 where it is in that. */
export function readable(body: string): string {
  return /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2,3}={0,2})?$/.test(body)
    ? Buffer.from(body, 'base64').toString()
    : body;
}
