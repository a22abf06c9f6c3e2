import { encodeJson, type JsonValue, toJson } from '../../lib/json.ts';
import { problemText } from '../../lib/messages/problem.ts';
import { readQueryMessage } from '../../lib/messages/queryMessage.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { type Connections, withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { exitCodeOf, readOutcome } from '../ledger/outcomeEvent.ts';
import { durationOption, each, wholeNumber } from '../options/parse.ts';
import { readText } from '../options/readText.ts';
import { showCsv, showOutcome } from '../output/outcome.ts';
import { durationText } from '../output/time.ts';
import { askOnce } from '../queues/askOnce.ts';

interface Options {
  readonly parameter?: string[];
  readonly file?: string;
  readonly maxRows: number;
  readonly timeout: number;
  readonly database?: string;
  readonly json?: true;
  readonly csv?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Has the app run one SQL statement, read-only and as the login of QUERY_DATABASE_URL, and shows its rows.',
    )
    .argument('[sql]', 'one statement that returns rows; - reads it from standard input')
    .option('-f, --file <file>', 'read the statement from a file; - is standard input')
    .option('-p, --parameter <value>', 'the value of $1, then of $2 and so on; may be repeated', each)
    .option('--max-rows <n>', 'fetch no more rows', wholeNumber(1, 10_000), 1000)
    .addOption(durationOption('--timeout <duration>', 'give up after this long', 1000, '2m'))
    .option('--database <name>', 'a configured database')
    .option('--json', 'print the event as JSON')
    .option('--csv', 'print the rows as CSV')
    .action((sql: string | undefined, options: Options) =>
      withConnections(invocation, (connections) => query(invocation, connections, sql, options)),
    );
  addExamples(command, [
    ['query "select count(*) from orders"', 'one number'],
    [`query 'select * from orders where order_id = $1' --parameter 42 --csv`, 'one row, as CSV'],
  ]);
};

/** A query message as it is sent. */
type Question = Readonly<Record<string, JsonValue>>;

async function query(
  invocation: Invocation,
  { settings, queues }: Connections,
  given: string | undefined,
  options: Options,
): Promise<void> {
  const { output, signal } = invocation;
  if (options.json && options.csv)
    throw usage('--json and --csv are two forms of the same: give one of them.');
  const message = checkedMessage(await statement(given, options.file), options, settings.queues.results);
  const service = await queues();

  const progress = output.progress('Waiting for the answer');
  const answer = await invocation
    .holding(() =>
      askOnce(service, settings, {
        message: (replyTo) => encode({ ...message, replyTo }),
        timeoutMs: options.timeout,
        signal,
      }),
    )
    .finally(progress.stop);
  if (answer === null) throw noAnswer(options.timeout);
  if (!answer.ok) throw new CliError(EXIT.internal, `The answer cannot be read. ${answer.reason}`);

  const outcome = readOutcome(answer.value);
  if (options.json) output.print(toJson(answer.value));
  else if (options.csv) showCsv(outcome, output);
  else showOutcome(outcome, output);
  invocation.exitCode = exitCodeOf(outcome);
}

async function statement(given: string | undefined, file: string | undefined): Promise<string> {
  if (given !== undefined && file !== undefined) throw usage('Give the statement or --file, not both.');
  if (file !== undefined) return readText(file);
  if (given === undefined)
    throw usage('Give a statement, as in: npx nightshift query "select 1". --file reads one.');
  return given === '-' ? readText('-') : given;
}

function checkedMessage(sql: string, options: Options, resultsQueue: string): Question {
  const message = {
    sql,
    maxRows: options.maxRows,
    // The app's own limit is five minutes.
    timeout: `${Math.min(options.timeout, 300_000)}ms`,
    ...(options.parameter === undefined ? {} : { parameters: options.parameter }),
    ...(options.database === undefined ? {} : { database: options.database }),
  };
  const checked = readQueryMessage(message, resultsQueue);
  if (!checked.ok)
    throw usage(`Nothing was sent.\n${checked.problems.map((each) => `  ${problemText(each)}`).join('\n')}`);
  return message;
}

/** Azure's limit of a queue message, less what base64 adds. */
const LONGEST_MESSAGE = 49_152;

function encode(message: Question): Uint8Array {
  const body = encodeJson(message);
  if (body.length > LONGEST_MESSAGE) {
    throw usage(
      `The statement and its parameters take ${body.length} bytes; a queue message holds ${LONGEST_MESSAGE}.`,
    );
  }
  return body;
}

function noAnswer(timeoutMs: number): CliError {
  return new CliError(
    EXIT.noAnswer,
    `No answer within ${durationText(timeoutMs)}. Is the app running (npm start, or the function app), with these queues? ` +
      'An app that has slept may need a minute: try again, or wait longer with --timeout 5m.',
  );
}

const usage = (message: string) => new CliError(EXIT.usage, message);
