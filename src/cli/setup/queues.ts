import type { QueueServiceClient } from '@azure/storage-queue';
import { toQueueError } from '../../lib/messages/queueError.ts';
import type { Settings } from '../../lib/settings.ts';

/** Every queue that the app reads or writes; the host puts what cannot be handled into the poison queues. */
export function queueNames({ jobs, queries, results }: Settings['queues']): string[] {
  return [jobs, `${jobs}-poison`, queries, `${queries}-poison`, results];
}

/** @returns the names of those that were not there. @throws QueueError */
export async function createQueues(service: QueueServiceClient, names: readonly string[]): Promise<string[]> {
  const created: string[] = [];
  for (const name of names) {
    try {
      const { succeeded } = await service.getQueueClient(name).createIfNotExists();
      if (succeeded) created.push(name);
    } catch (error) {
      throw toQueueError(error, name);
    }
  }
  return created;
}
