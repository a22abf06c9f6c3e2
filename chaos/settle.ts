import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { QUEUES } from '../local/stack/names.ts';
import type { Answers } from './answers.ts';
import { countUnsettled } from './database.ts';
import type { Environment } from './environment.ts';

const WORK_QUEUES = [QUEUES.jobs, QUEUES.queries, `${QUEUES.jobs}-poison`, `${QUEUES.queries}-poison`];

/** Messages in each of the app's queues, those that are hidden included. */
export async function messagesLeft(queues: QueueServiceClient): Promise<Record<string, number>> {
  const counts = await Promise.all(
    [...WORK_QUEUES, QUEUES.results].map(async (name) => {
      const queue = queues.getQueueClient(name);
      // The host makes a poison queue when it first needs it.
      if (!(await queue.exists())) return [name, 0] as const;
      return [name, (await queue.getProperties()).approximateMessagesCount ?? 0] as const;
    }),
  );
  return Object.fromEntries(counts);
}

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
    const left = Object.values(await messagesLeft(environment.queues)).reduce((sum, count) => sum + count, 0);
    const { open, untold } = await countUnsettled(environment.postgres);
    calm = left + open + untold === 0 && (await answers.take()) === 0 ? calm + 1 : 0;
  }
  return true;
}
