import { isUtf8 } from 'node:buffer';
import { toJson } from '../../lib/json.ts';
import { decodeBody } from '../../lib/messages/decode.ts';
import { problemText } from '../../lib/messages/problem.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { type DeadLetter, listDeadLetters } from '../ledger/deadLetter.ts';
import { wholeNumber } from '../options/parse.ts';
import { renderRecord, renderTable } from '../output/table.ts';
import { timeText } from '../output/time.ts';
import { visible, visibleLines } from '../output/visible.ts';

interface Options {
  readonly queue?: string;
  readonly limit: number;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command.description(
    'Messages that could not be run: rejected ones, and those that the host gave up on. They are kept whole.',
  );
  const list = command
    .command('list')
    .summary('list them, the newest first')
    .option('--queue <name>', 'from this queue')
    .option('--limit <n>', 'this many at most', wholeNumber(1, 10_000), 20)
    .option('--json', 'one JSON object a line')
    .action((options: Options) => showList(invocation, options));
  addExamples(list, [
    ['dead-letters list', 'what could not be run'],
    ['dead-letters list --limit 1 --json', 'the last one, for a program'],
  ]);
  const show = command
    .command('show')
    .summary('show one whole: the message, and what is wrong with it')
    .argument('<id>', 'its number, as the list shows it', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--body', 'print the body only, as it was sent')
    .action((id: number, options: { body?: true }) => showOne(invocation, String(id), options));
  addExamples(show, [
    ['dead-letters show 1', 'the first that was kept'],
    ['dead-letters show 1 --body', 'its body, to be corrected and sent again'],
  ]);
  addExamples(command, [
    ['dead-letters list', 'what could not be run'],
    ['dead-letters show 1', 'one of them, whole'],
  ]);
};

async function showList(invocation: Invocation, options: Options): Promise<void> {
  const { output } = invocation;
  const letters = await withConnections(
    invocation,
    ({ ledger }) => ledger('main', (connection) => listDeadLetters(connection, options)),
    'withoutQueues',
  );
  if (options.json) {
    for (const { body, ...letter } of letters)
      output.print(JSON.stringify({ ...letter, body: bodyJson(body) }));
    return;
  }
  if (letters.length === 0) return output.say('There are none.');
  const columns = [
    { name: 'id', align: 'right' as const, keep: true },
    { name: 'kept at', keep: true },
    { name: 'queue' },
    { name: 'reason' },
  ];
  const rows = letters.map((letter) => [
    letter.id,
    timeText(new Date(letter.keptAt)),
    letter.queue,
    why(letter),
  ]);
  output.print(renderTable(columns, rows, { width: output.width, colors: output.colors }));
}

const why = ({ reason, problems: [first, ...others] }: DeadLetter) =>
  [
    reason,
    ...(first ? [problemText(first)] : []),
    ...(others.length > 0 ? [`and ${others.length} more`] : []),
  ].join(' ');

async function showOne(invocation: Invocation, id: string, options: { body?: true }): Promise<void> {
  const { output } = invocation;
  const [letter] = await withConnections(
    invocation,
    ({ ledger }) => ledger('main', (connection) => listDeadLetters(connection, { id, limit: 1 })),
    'withoutQueues',
  );
  if (letter === undefined) throw new CliError(EXIT.usage, `There is no dead letter ${id}.`);
  if (options.body) return output.print(bodyText(letter.body));
  output.print(
    renderRecord(
      [
        ['id', letter.id],
        ['queue', letter.queue],
        ['message', letter.messageId],
        ['sent', letter.insertedAt === null ? '' : timeText(new Date(letter.insertedAt))],
        ['kept', timeText(new Date(letter.keptAt))],
        ['deliveries', String(letter.dequeueCount)],
        ['reason', letter.reason],
      ],
      { width: output.width, colors: output.colors },
    ),
  );
  for (const problem of letter.problems) output.print(`  ${visible(problemText(problem))}`);
  output.print(`\n${output.colors.bold('Body')}\n${visibleLines(bodyText(letter.body))}`);
}

/** The message as its sender meant it: the JSON in base64, too. */
function bodyText(body: Uint8Array): string {
  const decoded = decodeBody(body);
  if (decoded.ok) return typeof decoded.value === 'string' ? decoded.value : toJson(decoded.value);
  return isUtf8(body) ? Buffer.from(body).toString('utf8') : Buffer.from(body).toString('base64');
}

const bodyJson = (body: Uint8Array) => ({
  base64: Buffer.from(body).toString('base64'),
  text: bodyText(body),
});
