import { occurrencesOfJob, scheduledJobs } from '../../lib/jobs/due.ts';
import type { Job } from '../../lib/jobs/job.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { askPauses, pauseAt, pauseText } from '../ledger/pauses.ts';
import { instant, wholeNumber } from '../options/parse.ts';
import { renderTable } from '../output/table.ts';
import { durationText, timeText, viewerZone } from '../output/time.ts';

interface Options {
  readonly count: number;
  readonly after?: string;
  readonly json?: true;
}

interface Occurrence {
  readonly job: Job;
  readonly at: number;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      "Shows when jobs run next, on the clocks of the job's time zone and on yours, and which of them are paused then.",
    )
    .argument('[job]', 'only this job')
    .option('-n, --count <n>', 'this many occurrences', wholeNumber(1, 1000), 10)
    .option('--after <instant>', 'after this instant instead of now, as 2026-03-01T02:00:00Z', instant)
    .option('--json', 'one JSON object a line')
    .action((job: string | undefined, options: Options) => next(invocation, job, options));
  addExamples(command, [
    ['next', 'what comes next'],
    ['next nightly-order-totals --count 3 --json', "a job's next three occurrences, for a program"],
  ]);
};

async function next(invocation: Invocation, name: string | undefined, options: Options): Promise<void> {
  const { output, directory } = invocation;
  const [catalog, pauses] = await Promise.all([currentCatalog(directory), askPauses(invocation)]);
  const jobs = name === undefined ? catalog.jobs : [findJob(catalog, name)];
  const after = options.after === undefined ? Date.now() : Date.parse(options.after);
  const found = nextOccurrences(jobs, after, options.count);
  if (options.json) {
    for (const { job, at } of found) {
      const paused = pauses === null ? null : pauseAt(pauses, job.name, at) !== null;
      const instant = new Date(at).toISOString();
      output.print(JSON.stringify({ job: job.name, at: instant, timeZone: job.timeZone, paused }));
    }
    return;
  }
  if (found.length === 0) {
    return output.say(
      name === undefined ? 'No job has a schedule.' : `${name} has no schedule: it runs when it is asked to.`,
    );
  }
  const zone = viewerZone();
  const held = found.map(({ job, at }) => pauseAt(pauses ?? [], job.name, at));
  const isAnyHeld = held.some((pause) => pause !== null);
  const rows = found.map(({ job, at }, i) => [
    job.name,
    `${timeText(at, job.timeZone)} ${job.timeZone}`,
    timeText(at),
    durationText(at - Date.now()),
    ...(isAnyHeld ? [held[i] ? pauseText(held[i]) : ''] : []),
  ]);
  const columns = [
    { name: 'job', keep: true },
    { name: "in the job's time zone" },
    { name: `in yours (${zone})` },
    { name: 'in', align: 'right' as const, keep: true },
    ...(isAnyHeld ? [{ name: 'note' }] : []),
  ];
  output.print(renderTable(columns, rows, { width: output.width, colors: output.colors }));
}

/** The next ones of all these jobs together, by time. */
export function nextOccurrences(jobs: readonly Job[], afterMs: number, count: number): Occurrence[] {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const found = scheduledJobs(jobs).flatMap((scheduled) => {
    const job = byName.get(scheduled.name);
    if (job === undefined) return [];
    return occurrencesOfJob(scheduled, afterMs, Number.MAX_SAFE_INTEGER)
      .take(count)
      .map((at) => ({ job, at }))
      .toArray();
  });
  return found.toSorted((a, b) => a.at - b.at).slice(0, count);
}
