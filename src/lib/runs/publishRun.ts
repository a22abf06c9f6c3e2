import { followChain } from '../schedule/chains.ts';
import type { RunRequest } from './request.ts';
import { tellRun } from './tellRun.ts';
import type { Worker } from './worker.ts';

/** Step 4 of the protocol: the outcome is told, and what waited for it may begin. */
export async function publishRun(worker: Worker, request: RunRequest, event: Uint8Array): Promise<void> {
  await tellRun(worker, request, event);
  await followChain(worker, request);
}
