import type { QueueServiceClient } from '@azure/storage-queue';
import type { ReceivedMessage } from '../../src/lib/messages/receivedMessage.ts';
import { runJob } from '../../src/lib/runs/runJob.ts';
import type { Worker } from '../../src/lib/runs/worker.ts';

/** One delivery as the host makes it: hidden for a while, and deleted when it is complete. */
export interface Delivery {
  readonly message: ReceivedMessage;
  complete(): Promise<void>;
}

/** Null where no message can be received now. */
export async function receiveOne(
  service: QueueServiceClient,
  queue: string,
  lockSeconds: number,
): Promise<Delivery | null> {
  const client = service.getQueueClient(queue);
  const { receivedMessageItems } = await client.receiveMessages({
    numberOfMessages: 1,
    visibilityTimeout: lockSeconds,
  });
  const [received] = receivedMessageItems;
  if (received === undefined) return null;
  return {
    message: {
      queue,
      id: received.messageId,
      body: Buffer.from(received.messageText, 'base64'),
      dequeueCount: received.dequeueCount,
      insertedAt: received.insertedOn,
    },
    complete: async () => void (await client.deleteMessage(received.messageId, received.popReceipt)),
  };
}

/** Delivers until the jobs queue is empty, hidden and delayed messages included. */
export async function drain(worker: Worker, service: QueueServiceClient): Promise<void> {
  const client = service.getQueueClient(worker.queues.jobs);
  for (;;) {
    const delivery = await receiveOne(service, worker.queues.jobs, 30);
    if (delivery !== null) {
      await runJob(worker, delivery.message);
      await delivery.complete();
      continue;
    }
    const { approximateMessagesCount } = await client.getProperties();
    if (approximateMessagesCount === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
