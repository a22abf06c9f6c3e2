import { didYouMean } from '../didYouMean.ts';
import { chainOrder } from './chainOrder.ts';
import { commonOccurrence } from './commonOccurrence.ts';
import { scheduledJobs } from './due.ts';
import { placeInFrontMatter } from './frontMatter.ts';
import type { Job } from './job.ts';
import type { Problem } from './problem.ts';

/**
 * What is wrong with the catalog's `after`: names that no file has, jobs without occurrences, jobs that wait for each
 * other, and jobs that wait for what never happens at one time.
 *
 * @param jobs those that could be read
 * @param names of all files, so that a job whose own file is wrong is not called unknown as well
 */
export function chainProblems(jobs: readonly Job[], names: readonly string[]): Problem[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const known = new Set(names);
  const alone = jobs.flatMap((job) =>
    job.after.flatMap((name, index) => {
      const parent = byName.get(name);
      const tell = (message: string) => [problem(job, ['after', index], message)];
      if (!known.has(name)) return tell(`there is no job "${name}".${didYouMean(name, names)}`);
      // Only occurrences start what comes after them, and a job that runs when asked has none.
      const hasNone = parent?.schedules.length === 0 && parent.after.length === 0;
      return hasNone ? tell(`${name} has no schedule, so nothing would ever run after it.`) : [];
    }),
  );
  const { parentsFirst, cycles } = chainOrder(jobs);
  const circular = cycles.map(({ job, index, path }) =>
    problem(
      job,
      ['after', index],
      path.length === 2
        ? `${job.name} would wait for itself and never run: remove it.`
        : `none of these would ever run, as each waits for the next: ${path.join(' -> ')}.`,
    ),
  );
  return [...alone, ...circular, ...neverTogether(parentsFirst)];
}

/** A job runs for the occurrences that all it waits for have: chains that begin apart may have none in common. */
function neverTogether(parentsFirst: readonly Job[]): Problem[] {
  const problems: Problem[] = [];
  /** The jobs with a schedule of their own that each job's chain begins with: one for each different schedule. */
  const beginnings = new Map<string, ReadonlyMap<string, Job>>();
  for (const job of parentsFirst) {
    const own = job.after.length === 0 && job.schedules.length > 0 ? [[scheduleOf(job), job] as const] : [];
    const before = job.after.flatMap((parent) => [...(beginnings.get(parent) ?? [])]);
    const first = new Map([...before, ...own]);
    beginnings.set(job.name, first);
    if (first.size < 2 || commonOccurrence(scheduledJobs([...first.values()])) !== null) continue;
    const list = [...first.values()].map((root) => `${root.name} (${scheduleOf(root)})`).join(', ');
    problems.push(problem(job, ['after'], `it would never run, as no instant is common to ${list}.`));
    // What comes after it would only be told the same.
    beginnings.set(job.name, new Map());
  }
  return problems;
}

const scheduleOf = ({ schedules, timeZone }: Job) => `${schedules.join(' and ')}, ${timeZone}`;

function problem(job: Job, path: readonly PropertyKey[], message: string): Problem {
  return { file: job.file, ...placeInFrontMatter(job.sql, path), message: `after: ${message}` };
}
