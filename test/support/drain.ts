import { runJob } from '../../src/lib/runs/runJob.ts';
import type { TakenMessage } from './queues.ts';
import { received, type TestWorker } from './worker.ts';

/** Runs every job message that is visible, and those that come of it, until there is none. Returns the events told. */
export async function drain(worker: TestWorker): Promise<TakenMessage[]> {
  for (let messages = await worker.jobs(); messages.length > 0; messages = await worker.jobs()) {
    for (const { id, bytes } of messages) await runJob(worker, received(worker, bytes, { id }));
  }
  return worker.results();
}
