import { problemText } from '../../../lib/messages/problem.ts';
import { CliError } from '../../cliError.ts';
import type { DefineCommand } from '../../commandList.ts';
import { withConnections } from '../../connections.ts';
import { bodyText } from '../../deadLetters/bodyText.ts';
import { findWholeDeadLetters } from '../../deadLetters/deadLetter.ts';
import { letterId } from '../../deadLetters/filterOptions.ts';
import { addExamples } from '../../examples.ts';
import { EXIT } from '../../exitCodes.ts';
import type { Invocation } from '../../invocation.ts';
import { renderRecord } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';
import { visible, visibleLines } from '../../output/visible.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .summary('show one whole: the message, and what is wrong with it')
    .argument('<id>', 'its number, as the list shows it', letterId)
    .option('--body', 'print the body only, as it was sent')
    .action((id: string, options: { body?: true }) => show(invocation, id, options));
  addExamples(command, [
    ['dead-letters show 1', 'the first that was kept'],
    ['dead-letters show 1 --body', 'its body, to be corrected and sent again'],
  ]);
};

async function show(invocation: Invocation, id: string, options: { body?: true }): Promise<void> {
  const { output } = invocation;
  const [letter] = await withConnections(
    invocation,
    ({ ledger }) => ledger('main', (connection) => findWholeDeadLetters(connection, { ids: [id] })),
    'withoutQueues',
  );
  if (letter === undefined) throw new CliError(EXIT.usage, `There is no dead letter ${id}.`);
  if (options.body) return output.print(bodyText(letter.body));
  const time = (instant: string | null) => (instant === null ? '' : timeText(new Date(instant)));
  output.print(
    renderRecord(
      [
        ['id', letter.id],
        ['queue', letter.queue],
        ['message', letter.messageId],
        ['job', letter.job ?? ''],
        ['sent', time(letter.insertedAt)],
        ['kept', time(letter.keptAt)],
        ['deliveries', String(letter.dequeueCount)],
        ['sent again', letter.redrives === 0 ? 'no' : `${letter.redrives}×, ${time(letter.redrivenAt)}`],
        ['reason', letter.reason],
      ],
      { width: output.width, colors: output.colors },
    ),
  );
  for (const problem of letter.problems) output.print(`  ${visible(problemText(problem))}`);
  output.print(`\n${output.colors.bold('Body')}\n${visibleLines(bodyText(letter.body))}`);
}
