import { randomUUID } from 'node:crypto';
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll } from 'vitest';
import { type Azurite, startAzurite } from '../../../local/azurite.ts';

/** A real Azurite for the tests of one file, which may also put it out of reach. */
export function useAzurite() {
  let azurite: Azurite;
  let service: QueueServiceClient;
  beforeAll(async () => {
    azurite = await startAzurite();
    service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  });
  afterAll(() => azurite.stop());
  return {
    connectionString: () => azurite.connectionString,
    ports: () => azurite.ports,
    queue: (name: string): QueueClient => service.getQueueClient(name),
    /** A queue that no other test uses, and its poison queue, which is not there yet. */
    async createQueues(
      name = `q${randomUUID().slice(0, 18)}`,
    ): Promise<{ queue: QueueClient; poison: QueueClient }> {
      const queue = service.getQueueClient(name);
      await queue.create();
      return { queue, poison: service.getQueueClient(`${name}-poison`) };
    },
  };
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
