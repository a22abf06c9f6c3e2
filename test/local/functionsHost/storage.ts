import { randomUUID } from 'node:crypto';
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { inject } from 'vitest';
import '../../support/sharedParts.ts';

/** The real Azurite that all test files share. */
export const connectionString = inject('parts').storage;

const service = QueueServiceClient.fromConnectionString(connectionString);

export interface Queues {
  readonly queue: QueueClient;
  readonly poison: QueueClient;
}

/** A queue that no other test uses, and its poison queue; neither is there yet. */
export function newQueues(): Queues {
  const name = `host-${randomUUID().slice(0, 18)}`;
  return { queue: service.getQueueClient(name), poison: service.getQueueClient(`${name}-poison`) };
}

/** As newQueues, and the queue is created. */
export async function createQueues(): Promise<Queues> {
  const queues = newQueues();
  await queues.queue.create();
  return queues;
}

export function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** How many messages a queue holds, hidden ones included. */
export async function count(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

/** The text of the messages that can be seen; takes nothing. Empty for a queue that is not there. */
export async function visible(queue: QueueClient): Promise<string[]> {
  if (!(await queue.exists())) return [];
  const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
  return peekedMessageItems.map((message) => message.messageText);
}
