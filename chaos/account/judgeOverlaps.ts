import type { Effect } from '../database.ts';
import type { Finding } from './finding.ts';

/** Runs of a job with `overlap: skip` or `queue` follow each other: none begins before the one before has ended. */
export function judgeOverlaps(effects: readonly Effect[]): Finding[] {
  const jobs = Map.groupBy(
    effects.filter(({ job }) => job.startsWith('overlap-')),
    ({ job }) => job,
  );
  return [...jobs].flatMap(([job, ofJob]) => {
    const inOrder = ofJob.toSorted((a, b) => a.beganAt - b.beganAt);
    return inOrder.flatMap((effect, index): Finding[] => {
      const before = inOrder[index - 1];
      if (before === undefined || (before.endedAt ?? before.beganAt) <= effect.beganAt) return [];
      const what = `${effect.runId} of ${job} began while ${before.runId} was at work.`;
      return [{ kind: 'double', token: null, what, ids: [effect.runId, before.runId] }];
    });
  });
}
