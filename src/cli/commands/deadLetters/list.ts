import { problemText } from '../../../lib/messages/problem.ts';
import type { DefineCommand } from '../../commandList.ts';
import { withConnections } from '../../connections.ts';
import { bodyText } from '../../deadLetters/bodyText.ts';
import {
  type DeadLetter,
  type DeadLetterFilter,
  findDeadLetters,
  findWholeDeadLetters,
} from '../../deadLetters/deadLetter.ts';
import { addFilterOptions, type FilterOptions, filterOf } from '../../deadLetters/filterOptions.ts';
import { addExamples } from '../../examples.ts';
import type { Invocation } from '../../invocation.ts';
import { wholeNumber } from '../../options/parse.ts';
import type { Output } from '../../output/output.ts';
import { renderTable } from '../../output/table.ts';
import { timeText } from '../../output/time.ts';

interface Options extends FilterOptions {
  readonly limit: number;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  addFilterOptions(command)
    .summary('list them, the newest first')
    .option('--limit <n>', 'this many at most', wholeNumber(1, 10_000), 20)
    .option('--json', 'one JSON object a line')
    .action((options: Options) => list(invocation, options));
  addExamples(command, [
    ['dead-letters list', 'what could not be run'],
    ['dead-letters list --limit 1 --json', 'the last one, for a program'],
  ]);
};

async function list(invocation: Invocation, options: Options): Promise<void> {
  const { output } = invocation;
  const filter: DeadLetterFilter = { ...filterOf(options), limit: options.limit };
  await withConnections(
    invocation,
    ({ ledger }) =>
      ledger('main', async (connection) => {
        if (options.json) {
          for (const { body, ...letter } of await findWholeDeadLetters(connection, filter))
            output.print(JSON.stringify({ ...letter, body: bodyJson(body) }));
          return;
        }
        const letters = await findDeadLetters(connection, filter);
        if (letters.length === 0) output.say('There are none.');
        else output.print(letterTable(letters, output));
      }),
    'withoutQueues',
  );
}

function letterTable(letters: readonly DeadLetter[], { width, colors }: Output): string {
  const isAnySent = letters.some(({ redrives }) => redrives > 0);
  const columns = [
    { name: 'id', align: 'right' as const, keep: true },
    { name: 'kept at', keep: true },
    { name: 'queue' },
    { name: 'job' },
    ...(isAnySent ? [{ name: 'sent again' }] : []),
    { name: 'reason' },
  ];
  const rows = letters.map((letter) => [
    letter.id,
    timeText(new Date(letter.keptAt)),
    letter.queue,
    letter.job ?? '',
    ...(isAnySent ? [letter.redrivenAt === null ? '' : timeText(new Date(letter.redrivenAt))] : []),
    why(letter),
  ]);
  return renderTable(columns, rows, { width, colors });
}

const why = ({ reason, problems: [first, ...others] }: DeadLetter) =>
  [
    reason,
    ...(first && !reason.includes(problemText(first)) ? [problemText(first)] : []),
    ...(others.length > 0 ? [`and ${others.length} more`] : []),
  ].join(' ');

const bodyJson = (body: Uint8Array) => ({
  base64: Buffer.from(body).toString('base64'),
  text: bodyText(body),
});
