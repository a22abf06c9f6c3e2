import type { DueOccurrence } from '../jobs/due.ts';
import type { CatchUp } from '../jobs/job.ts';

export interface CaughtUp {
  /** Epoch milliseconds, ascending. */
  readonly run: readonly number[];
  /** Those that are told as missed instead. */
  readonly missed: readonly number[];
}

/**
 * Which occurrences to run after nothing ran for a while: those that are not late, and of the late ones what the job's
 * policy leaves, so that an outage does not end in a flood.
 *
 * @param occurrences ascending
 * @param nowMs epoch milliseconds
 */
export function catchUp(
  occurrences: readonly DueOccurrence[],
  { policy, limit, maxAgeMs }: CatchUp,
  nowMs: number,
): CaughtUp {
  const late = occurrences.filter((occurrence) => occurrence.late).map(({ scheduledFor }) => scheduledFor);
  const inTime = occurrences.filter((occurrence) => !occurrence.late).map(({ scheduledFor }) => scheduledFor);
  const most = { none: 0, latest: 1, all: limit }[policy];
  const kept = most === 0 ? [] : late.filter((scheduledFor) => nowMs - scheduledFor <= maxAgeMs).slice(-most);
  const isKept = new Set(kept);
  return { run: [...kept, ...inTime], missed: late.filter((scheduledFor) => !isKept.has(scheduledFor)) };
}
