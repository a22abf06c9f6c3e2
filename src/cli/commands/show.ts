import type { Job } from '../../lib/jobs/job.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { explain } from '../failure.ts';
import type { Invocation } from '../invocation.ts';
import { jobEntries, parameterRows } from '../jobs/describeJob.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { findRuns } from '../ledger/listRuns.ts';
import { askPauses, pauseAt, pauseText } from '../ledger/pauses.ts';
import { runTable } from '../output/runTable.ts';
import { renderRecord, renderTable, type TableCell } from '../output/table.ts';
import { timeText, viewerZone } from '../output/time.ts';
import { visibleLines } from '../output/visible.ts';
import { nextOccurrences } from './next.ts';

const LAST_RUNS = 5;
const NEXT_RUNS = 3;

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Shows a job: its front matter as it is understood, its parameters, its next and last runs, its SQL.',
    )
    .argument('<job>', "the job's name")
    .option('--no-runs', 'do not ask the ledger for its last runs and its pause')
    .option('--json', 'the job as the build compiles it')
    .action((name: string, options: { runs?: false; json?: true }) => show(invocation, name, options));
  addExamples(command, [
    ['show nightly-order-totals', 'everything about a job'],
    ['show nightly-order-totals --json', 'its compiled form, for a program'],
  ]);
};

async function show(
  invocation: Invocation,
  name: string,
  options: { runs?: false; json?: true },
): Promise<void> {
  const { output, directory } = invocation;
  const job = findJob(await currentCatalog(directory), name);
  if (options.json) return output.print(JSON.stringify(job, null, 2));

  const style = { width: output.width, colors: output.colors };
  const heading = (text: string) => output.print(`\n${output.colors.bold(text)}`);
  const pauses = options.runs === false ? null : await askPauses(invocation);
  const pause = pauseAt(pauses ?? [], job.name, Date.now());
  const entries: [string, TableCell | string][] = pause
    ? [...jobEntries(job), ['state', { text: pauseText(pause), paint: output.colors.yellow }]]
    : jobEntries(job);
  output.print(renderRecord(entries, style));
  const parameters = parameterRows(job);
  if (parameters.length > 0) {
    heading('Parameters');
    output.print(
      renderTable(
        ['name', 'type', 'default', 'description'].map((column) => ({ name: column })),
        parameters,
        style,
      ),
    );
  }
  const next = nextOccurrences([job], Date.now(), NEXT_RUNS);
  if (next.length > 0) {
    heading('Next runs');
    for (const { at } of next)
      output.print(`${timeText(at, job.timeZone)} ${job.timeZone}  (${timeText(at)} ${viewerZone()})`);
  }
  if (options.runs !== false) await showLastRuns(invocation, job, heading);
  heading('SQL');
  output.print(visibleLines(job.sql.trimEnd()));
}

/** A job can be looked at without a database; then its runs cannot. */
async function showLastRuns(
  invocation: Invocation,
  job: Job,
  heading: (text: string) => void,
): Promise<void> {
  const { output } = invocation;
  try {
    const runs = await withConnections(
      invocation,
      (connections) => findRuns(connections, { job: job.name, limit: LAST_RUNS }),
      'withoutQueues',
    );
    if (runs.length === 0) return output.say('\nIt has not run yet.');
    heading('Last runs');
    output.print(runTable(runs, output, Date.now()));
  } catch (error) {
    output.say(`\nIts last runs are not known. ${explain(error).message}`);
  }
}
