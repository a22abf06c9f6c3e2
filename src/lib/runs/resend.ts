import { parseJson } from '../json.ts';
import type { StrandedRun } from '../ledger/stranded.ts';
import { encodeJobMessage, readJobMessage } from '../messages/jobMessage.ts';
import { attemptMessage } from './request.ts';
import type { Worker } from './worker.ts';

/**
 * Sends a run's message again, as the ledger has kept it. A copy does no harm: the ledger runs each attempt once.
 *
 * @returns false when the ledger's message cannot be read
 */
export async function resend(worker: Worker, { attempt, message }: StrandedRun): Promise<boolean> {
  const checked = readJobMessage(parseJson(message));
  const own = checked.ok ? checked.message.nightshift : undefined;
  if (!checked.ok || own === undefined) return false;
  await worker.sender.send(
    worker.queues.jobs,
    encodeJobMessage(attemptMessage(checked.message, own, attempt)),
  );
  return true;
}
