import { dropDeadLetter } from '../../../lib/ledger/deadLetters.ts';
import type { DefineCommand } from '../../commandList.ts';
import { withConnections } from '../../connections.ts';
import { type Choice, filterOfChoice, findChosen, lockDeadLetters } from '../../deadLetters/chosen.ts';
import type { DeadLetter } from '../../deadLetters/deadLetter.ts';
import { addFilterOptions, letterIds } from '../../deadLetters/filterOptions.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exitCodes.ts';
import type { Invocation } from '../../invocation.ts';
import { cut } from '../../output/cut.ts';
import { visible } from '../../output/visible.ts';

interface Options extends Choice {
  readonly dryRun?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  addFilterOptions(command)
    .summary('delete them for good')
    .description(
      'Deletes dead letters for good; their runs stay in the ledger. One whose event is not told yet is left until it is. ' +
        'A number that is not there any more is no fault.',
    )
    .argument('[id...]', 'their numbers, as the list shows them', letterIds)
    .option('--all', 'all of them')
    .option('--dry-run', 'delete nothing: tell what would be deleted')
    .option('--json', 'one JSON object a line')
    .action((ids: string[] | undefined, options: Options) => drop(invocation, ids ?? [], options));
  addExamples(command, [
    ['dead-letters drop --reason "There is no job" --dry-run', 'which ones would that delete?'],
    ['dead-letters drop 1', 'one of them'],
  ]);
};

interface DropReport {
  readonly id: string;
  readonly action: 'dropped' | 'would be dropped' | 'left';
  readonly why: string;
}

async function drop(invocation: Invocation, ids: readonly string[], options: Options): Promise<void> {
  const { output } = invocation;
  const filter = filterOfChoice(ids, options);
  await withConnections(
    invocation,
    ({ ledger }) =>
      ledger('main', async (home) => {
        await lockDeadLetters(home);
        const { letters, missing } = await findChosen(home, filter);
        for (const id of missing) output.say(`There is no dead letter ${id}: nothing to delete.`);
        if (letters.length === 0 && missing.length === 0) output.say('There are none.');
        for (const letter of letters) {
          invocation.signal.throwIfAborted();
          const report = reportOf(letter, options);
          if (report.action === 'dropped') await dropDeadLetter(home, letter.id);
          if (report.action === 'left') invocation.exitCode = EXIT.failed;
          if (options.json) output.print(JSON.stringify(report));
          else output.print(line(report, output.width));
        }
      }),
    'withoutQueues',
  );
}

function reportOf({ id, told, reason }: DeadLetter, { dryRun }: Options): DropReport {
  if (!told) {
    return {
      id,
      action: 'left',
      why: 'Its event is not on the results queue yet: the next tick puts it there.',
    };
  }
  return { id, action: dryRun ? 'would be dropped' : 'dropped', why: reason };
}

function line({ id, action, why }: DropReport, width: number | null): string {
  const text = visible(`${id.padStart(6)}  ${action}: ${why}`);
  return width === null ? text : cut(text, width);
}
