import { InvalidArgumentError } from 'commander';
import { timeZoneProblem } from '../../lib/jobs/timeZoneName.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { wholeNumber } from '../options/parse.ts';
import { viewerZone } from '../output/time.ts';
import { connectedJobs, graphText } from '../plan/graph.ts';
import { NO_FACTS, planFacts } from '../plan/planFacts.ts';
import { plannedOccurrences } from '../plan/plannedOccurrences.ts';
import { planRows } from '../plan/planRow.ts';
import { planWindow } from '../plan/planWindow.ts';
import { planJson, planTable } from '../plan/showPlan.ts';

interface Options {
  readonly from?: string;
  readonly to?: string;
  readonly job?: string;
  readonly zone?: string;
  readonly limit: number;
  readonly graph?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Shows what will run in a stretch of time: on your clocks and those of the job, in which databases, what is paused, what ' +
        'daylight saving moves, and what overlaps if it takes as long as its last runs did. By default the next day.',
    )
    .option('--from <when>', 'a day, a time, an instant, or how long from now; by default now')
    .option('--to <when>', 'the same, inclusive; a duration counts from --from; by default a day after it')
    .option('--job <name>', 'only this job; with --graph, and what it hangs together with')
    .option(
      '--zone <name>',
      'a time zone for your clocks, as Europe/Berlin; by default that of this machine',
      zone,
    )
    .option('--limit <n>', 'this many at most', wholeNumber(1, 100_000), 1000)
    .option('--graph', 'print jobs, schedules, chains and databases as a Mermaid flowchart instead')
    .option('--json', 'one JSON object a line')
    .action((options: Options) => plan(invocation, options));
  addExamples(command, [
    ['plan --to 7d', 'the next week'],
    [
      'plan --from 2026-03-29 --to 2026-03-30 --zone Europe/Berlin',
      'two days, the first of which has 23 hours',
    ],
  ]);
};

async function plan(invocation: Invocation, options: Options): Promise<void> {
  const { output, directory } = invocation;
  const zoneName = options.zone ?? viewerZone();
  const window = planWindow({ from: options.from, to: options.to }, zoneName, Date.now());
  const { jobs } = await currentCatalog(directory);
  const only = options.job === undefined ? undefined : findJob({ hash: '', jobs }, options.job);
  if (options.graph) {
    const shown = only === undefined ? jobs : connectedJobs(jobs, only.name);
    output.print(graphText(shown, NO_FACTS.databasesOf));
    return;
  }
  // A job of a chain comes when its parents do: all are planned, and then left out.
  const { occurrences, isCut } = plannedOccurrences(
    only === undefined ? jobs : connectedJobs(jobs, only.name),
    window,
    options.limit,
  );
  const facts = await planFacts(invocation, [...new Set(occurrences.map(({ job }) => job))]);
  const rows = planRows(occurrences, facts).filter(({ job }) => only === undefined || job === only);
  if (options.json) for (const row of rows) output.print(planJson(row));
  else if (rows.length > 0) output.print(planTable(rows, zoneName, output));
  const until = new Date(window.toMs).toISOString();
  if (rows.length === 0) output.say(`Nothing is planned until ${until}.`);
  if (isCut) output.say(`There are more until ${until}: see them with a higher --limit, or a later --from.`);
}

function zone(name: string): string {
  const problem = timeZoneProblem(name);
  if (problem === null) return name;
  throw new InvalidArgumentError(problem);
}
