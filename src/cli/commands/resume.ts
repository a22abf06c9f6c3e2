import type { Connection } from '../../lib/database/connection.ts';
import { listPauses, type Pause, resumeJob } from '../../lib/ledger/pauses.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { ALL_JOBS, pauseText } from '../ledger/pauses.ts';
import { visible } from '../output/visible.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Ends the pause of a job, or that of all jobs; jobs that were paused one by one stay so. What was skipped meanwhile ' +
        'is not made up for: npx nightshift runs --state skipped shows it.',
    )
    .argument('[job]', "the job's name; without it, the pause of all jobs ends")
    .option('--json', 'print whether it was paused, and what is paused still')
    .action((job: string | undefined, options: { json?: true }) =>
      resume(invocation, job ?? ALL_JOBS, options),
    );
  addExamples(command, [
    ['resume nightly-order-totals', 'a job'],
    ['resume', 'all jobs, after: npx nightshift pause'],
  ]);
};

async function resume(invocation: Invocation, job: string, options: { json?: true }): Promise<void> {
  const { output } = invocation;
  const { resumed, still } = await withConnections(
    invocation,
    ({ ledger }) => ledger('main', (connection) => endPause(invocation, connection, job)),
    'withoutQueues',
  );
  if (options.json) return output.print(JSON.stringify({ job, resumed, paused: still }));
  const isAll = job === ALL_JOBS;
  if (resumed) output.print(isAll ? 'All jobs go on.' : `${job} goes on.`);
  else output.say(isAll ? 'Not all jobs were paused at once.' : `${job} was not paused.`);
  for (const pause of still) {
    const name = pause.job === ALL_JOBS ? 'All jobs are' : `${pause.job} is`;
    if (isAll || pause.job === ALL_JOBS || pause.job === job)
      output.say(visible(`${name} still ${pauseText(pause)}`));
  }
}

async function endPause(
  { directory }: Invocation,
  connection: Connection,
  job: string,
): Promise<{ resumed: boolean; still: Pause[] }> {
  const resumed = await resumeJob(connection, job);
  // A job may have left the catalog while it was paused.
  if (!resumed && job !== ALL_JOBS) findJob(await currentCatalog(directory), job);
  return { resumed, still: await listPauses(connection) };
}
