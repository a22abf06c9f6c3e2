import type { Job } from './job.ts';

/** A name in a job's `after` that leads back to the job. */
export interface Cycle {
  readonly job: Job;
  readonly index: number;
  /** Names, each waiting for the next; the first is the last again. */
  readonly path: readonly string[];
}

/**
 * Follows `after` from every job: the jobs in an order that has each behind all that it waits for, and the names that
 * make this impossible. Names that no job has are passed over.
 */
export function chainOrder(jobs: readonly Job[]): { parentsFirst: readonly Job[]; cycles: readonly Cycle[] } {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const left = new Set<Job>();
  const cycles: Cycle[] = [];
  for (const start of jobs) {
    // Depth first, and not by recursion: a chain may be longer than the stack.
    const path = left.has(start) ? [] : [{ job: start, asked: 0 }];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const index = at.asked;
      const name = at.job.after[index];
      at.asked += 1;
      if (name === undefined) {
        left.add(at.job);
        path.pop();
        continue;
      }
      const parent = byName.get(name);
      const entered = path.findIndex(({ job }) => job === parent);
      if (entered >= 0) {
        const around = path.slice(entered).map(({ job }) => job.name);
        cycles.push({ job: at.job, index, path: [...around, name] });
      } else if (parent !== undefined && !left.has(parent)) {
        path.push({ job: parent, asked: 0 });
      }
    }
  }
  return { parentsFirst: [...left], cycles };
}
