import type { RunOutcome } from '../messages/event.ts';
import { isOccurrenceRun } from '../messages/runId.ts';
import { isDueAt } from '../schedule/parsedSchedules.ts';
import type { RunRequest } from './request.ts';
import type { Worker } from './worker.ts';

/** Why a run must not start, in words for its event, and what its outcome is then. */
export interface Hold {
  readonly outcome: Extract<RunOutcome, 'skipped' | 'missed'>;
  readonly reason: string;
}

export const MISSED_REASON = 'Nothing ran at its time, and by its catch-up policy it does not run later.';

/** Null where nothing speaks against the run. What has started goes on, whatever this says. */
export async function holdOf(worker: Worker, request: RunRequest): Promise<Hold | null> {
  const { job, scheduledFor, runId, message } = request;
  if (message.nightshift?.missed === true) return { outcome: 'missed', reason: MISSED_REASON };
  if (isOccurrenceRun(runId) && scheduledFor !== null && !isDueAt(worker.catalog, job, scheduledFor)) {
    const reason = `${scheduledFor} is no occurrence of ${job.name} any more: its schedule has changed.`;
    return { outcome: 'skipped', reason };
  }
  if (message.force === true) return null;
  const pause = await worker.pauses.of(job.name);
  if (pause === null) return null;
  const which = pause.job === '*' ? 'All jobs are' : `${job.name} is`;
  const until = pause.until === null ? '' : ` until ${pause.until}`;
  const reason = `${which} paused${until}${pause.reason === null ? '.' : `: ${pause.reason}`}`;
  return { outcome: 'skipped', reason };
}
