import { chainOrder } from '../../lib/jobs/chainOrder.ts';
import { occurrencesOfJob, type ScheduledJob, scheduledJobs } from '../../lib/jobs/due.ts';
import type { Job } from '../../lib/jobs/job.ts';
import type { PlanWindow } from './planWindow.ts';

/** A job at an instant: by its schedule, or after others that occur then. */
export interface PlannedOccurrence {
  readonly job: Job;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Null for one that comes after others. */
  readonly scheduled: ScheduledJob | null;
}

export interface Plan {
  /** By time; at one instant parents stand before what waits for them. */
  readonly occurrences: readonly PlannedOccurrence[];
  /** There are more than were asked for: these are the first. */
  readonly isCut: boolean;
}

/** What the schedules make of a stretch of time, whatever may keep it from running. */
export function plannedOccurrences(jobs: readonly Job[], window: PlanWindow, most: number): Plan {
  const { parentsFirst } = chainOrder(jobs);
  const scheduled = new Map(scheduledJobs(jobs).map((job) => [job.name, job]));
  const found: PlannedOccurrence[] = [];
  let isCut = false;
  for (const [at, due] of byInstant(scheduled, window)) {
    if (found.length >= most) {
      isCut = true;
      break;
    }
    const occurring = new Set(due);
    for (const job of parentsFirst) {
      const follows = job.after.length > 0 && job.after.every((parent) => occurring.has(parent));
      if (follows) occurring.add(job.name);
      if (occurring.has(job.name)) found.push({ job, at, scheduled: scheduled.get(job.name) ?? null });
    }
  }
  return { occurrences: found, isCut };
}

/** The instants of the window, ascending, with the names of the jobs that have each. */
function* byInstant(
  jobs: ReadonlyMap<string, ScheduledJob>,
  { fromMs, toMs }: PlanWindow,
): Generator<[number, string[]]> {
  const waiting = [...jobs].map(([name, job]) => {
    const instants = occurrencesOfJob(job, fromMs - 1, toMs);
    return { name, instants, next: instants.next().value ?? Number.POSITIVE_INFINITY };
  });
  for (;;) {
    const at = waiting.reduce((first, { next }) => Math.min(first, next), Number.POSITIVE_INFINITY);
    if (at === Number.POSITIVE_INFINITY) return;
    const due = waiting.filter(({ next }) => next === at);
    yield [at, due.map(({ name }) => name)];
    for (const each of due) each.next = each.instants.next().value ?? Number.POSITIVE_INFINITY;
  }
}
