import { createQueueSender } from '../../../lib/messages/queueSender.ts';
import type { DefineCommand } from '../../commandList.ts';
import { withConnections } from '../../connections.ts';
import { type Choice, filterOfChoice, findChosen, lockDeadLetters } from '../../deadLetters/chosen.ts';
import { findWholeDeadLetters } from '../../deadLetters/deadLetter.ts';
import { addFilterOptions, letterIds } from '../../deadLetters/filterOptions.ts';
import { type RedriveReport, type RedriveWork, redriveLetter } from '../../deadLetters/redriveLetter.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exitCodes.ts';
import type { Invocation } from '../../invocation.ts';
import { currentCatalog } from '../../jobs/projectCatalog.ts';
import { visible } from '../../output/visible.ts';

interface Options extends Choice {
  readonly again?: true;
  readonly dryRun?: true;
  readonly check?: false;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  addFilterOptions(command)
    .summary('send them again, each as a run of its own')
    .description(
      'Sends dead letters again. Each becomes a run of its own, <run>#r1, then #r2: the old outcome stands. A redrive that is ' +
        'interrupted and repeated is the same run, which is run once. Nothing is sent for a run that has succeeded, or ' +
        'while it is under way. What was sent before is sent once more only if asked for by its number, or with --again.',
    )
    .argument('[id...]', 'their numbers, as the list shows them', letterIds)
    .option('--all', 'all of them')
    .option('--again', 'also those that were sent before')
    .option('--dry-run', 'send nothing: tell what would be sent')
    .option('--no-check', 'send even what this build would reject again')
    .option('--json', 'one JSON object a line')
    .action((ids: string[] | undefined, options: Options) => redrive(invocation, ids ?? [], options));
  addExamples(command, [
    ['dead-letters redrive --all --dry-run', 'what could be sent again'],
    ['dead-letters redrive --job nightly-order-totals --since 24h', "a job's of the last day"],
  ]);
};

async function redrive(invocation: Invocation, ids: readonly string[], options: Options): Promise<void> {
  const filter = filterOfChoice(ids, options);
  const catalog = await currentCatalog(invocation.directory);
  await withConnections(invocation, async (connections) => {
    const { settings } = connections;
    const sender = createQueueSender(await connections.queues(), settings.messageEncoding);
    await connections.ledger('main', async (home) => {
      await lockDeadLetters(home);
      const { letters, missing } = await findChosen(home, filter);
      const work: RedriveWork = {
        connections,
        home,
        sender,
        catalog,
        again: options.again === true || ids.length > 0,
        check: options.check !== false,
        dryRun: options.dryRun === true,
      };
      const reports: RedriveReport[] = missing.map((id) => refused(id, 'There is no such dead letter.'));
      for (const report of reports) tell(invocation, report, options);
      for (const { id } of letters) {
        invocation.signal.throwIfAborted();
        // One body at a time: they may be thousands.
        const [letter] = await findWholeDeadLetters(home, { ids: [id] });
        const report = letter ? await redriveLetter(work, letter) : refused(id, 'It was pruned meanwhile.');
        reports.push(report);
        tell(invocation, report, options);
      }
      summarize(invocation, reports, options);
    });
  });
}

const refused = (id: string, why: string): RedriveReport => ({ id, action: 'refused', runId: null, why });

function tell({ output }: Invocation, report: RedriveReport, { json }: Options): void {
  if (json) {
    output.print(JSON.stringify(report));
    return;
  }
  const { id, action, runId, why } = report;
  const how = action === 'refused' ? output.colors.red(action) : action;
  const what = runId === null ? (why === null ? '' : `: ${why}`) : ` as ${runId}`;
  output.print(`${id.padStart(6)}  ${how}${visible(what)}`);
}

function summarize(invocation: Invocation, reports: readonly RedriveReport[], { dryRun }: Options): void {
  const { output } = invocation;
  const isRefused = reports.some(({ action }) => action === 'refused');
  if (isRefused && !dryRun) invocation.exitCode = EXIT.failed;
  const counts = Map.groupBy(reports, ({ action }) => action);
  const text = [...counts].map(([action, { length }]) => `${length} ${action}`).join(', ');
  output.say(text === '' ? 'There are none.' : `${text}.`);
}
