import { InvalidArgumentError } from 'commander';
import { listPauses, type Pause, pauseJob } from '../../lib/ledger/pauses.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { ALL_JOBS, pauseText } from '../ledger/pauses.ts';
import { instantOrIn } from '../options/parse.ts';
import { viewerZone } from '../output/time.ts';
import { visible } from '../output/visible.ts';

interface Options {
  readonly until?: string;
  readonly reason?: string;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Pauses a job, or all jobs: whatever would run meanwhile, by schedule or by message, ends as skipped, and its event ' +
        'says why. A run that has begun goes on. Pausing again changes the time and the reason.',
    )
    .argument('[job]', "the job's name; without it, all jobs")
    .option(
      '--until <when>',
      'for so long, as 2h, or until an instant, as 2026-03-01T02:00:00Z; by default until it is resumed',
      instantOrIn,
    )
    .option('--reason <text>', 'why: it is told with each run that is skipped', reason)
    .option('--json', 'print the pause as JSON')
    .action((job: string | undefined, options: Options) => pause(invocation, job ?? ALL_JOBS, options));
  addExamples(command, [
    ['pause nightly-order-totals --until 2h --reason "month end"', 'a job, for two hours'],
    ['pause --reason "the database moves"', 'all jobs, until: npx nightshift resume'],
  ]);
};

async function pause(invocation: Invocation, job: string, options: Options): Promise<void> {
  const { output } = invocation;
  if (job !== ALL_JOBS) findJob(await currentCatalog(invocation.directory), job);
  const paused = await withConnections(
    invocation,
    ({ ledger }) =>
      ledger('main', async (connection) => {
        await pauseJob(connection, job, options.until ?? null, options.reason ?? null);
        return (await listPauses(connection)).find((each) => each.job === job);
      }),
    'withoutQueues',
  );
  // One whose time is up already holds nothing, and is not listed.
  if (paused !== undefined) tell(invocation, paused, options);
  else output.say(`The time of this pause is over, by the clock of the database: ${options.until}.`);
}

function tell({ output }: Invocation, paused: Pause, options: Options): void {
  if (options.json) {
    output.print(JSON.stringify(paused));
    return;
  }
  const isAll = paused.job === ALL_JOBS;
  const zone = paused.until === null ? '' : ` (${viewerZone()})`;
  output.print(visible(`${isAll ? 'All jobs are' : `${paused.job} is`} ${pauseText(paused)}${zone}`));
  const earlier = paused.until === null ? '' : ' earlier';
  output.say(`To go on${earlier}: npx nightshift resume${isAll ? '' : ` ${paused.job}`}`);
}

/** It travels in events, which have 48 KiB. */
const LONGEST_REASON = 1000;

function reason(text: string): string {
  if (text.trim() !== '' && text.length <= LONGEST_REASON) return text;
  throw new InvalidArgumentError(`It must be a text of at most ${LONGEST_REASON} characters.`);
}
