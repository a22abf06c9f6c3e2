import type { DueOccurrence } from '../jobs/due.ts';

export interface CatchUp {
  /** Epoch milliseconds, ascending. */
  readonly run: readonly number[];
  /** Those that are told as missed instead. */
  readonly missed: readonly number[];
}

/**
 * Which occurrences to run after nothing ran for a while: those that are not late, and of the late ones the latest,
 * so that an outage ends in one run of each job and not in a flood.
 */
export function catchUp(occurrences: readonly DueOccurrence[]): CatchUp {
  const late = occurrences.filter((occurrence) => occurrence.late).map(({ scheduledFor }) => scheduledFor);
  const inTime = occurrences.filter((occurrence) => !occurrence.late).map(({ scheduledFor }) => scheduledFor);
  return { run: [...late.slice(-1), ...inTime], missed: late.slice(0, -1) };
}
