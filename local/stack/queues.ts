import { QueueServiceClient } from '@azure/storage-queue';
import { QUEUES } from './names.ts';

/** Creates what the app expects to find: it makes no queues itself. The host would make only the poison queues. */
export async function createQueues(connectionString: string): Promise<void> {
  const service = QueueServiceClient.fromConnectionString(connectionString);
  const poison = [QUEUES.jobs, QUEUES.queries].map((queue) => `${queue}-poison`);
  await Promise.all(
    [...Object.values(QUEUES), ...poison].map((queue) => service.getQueueClient(queue).createIfNotExists()),
  );
}
