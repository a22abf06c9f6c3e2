import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import { didYouMean } from '../../lib/didYouMean.ts';
import { toJson } from '../../lib/json.ts';
import type { DefineCommand } from '../commandList.ts';
import { type Connections, withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { explain } from '../failure.ts';
import type { Invocation } from '../invocation.ts';
import { alarmText, type StandingAlarm, standingAlarms } from '../ledger/alarms.ts';
import { findRuns, type RunFilter, STATES } from '../ledger/listRuns.ts';
import type { RunRow } from '../ledger/runRow.ts';
import { instantOrAgo, wholeNumber } from '../options/parse.ts';
import { runTable } from '../output/runTable.ts';
import { viewerZone } from '../output/time.ts';

interface Options extends RunFilter {
  readonly state?: string[];
  readonly database?: string;
  readonly watch?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Lists runs from the ledger of each configured database, the newest first; above them what is overdue: runs that have ' +
        'not started, jobs that have not succeeded, databases that cannot be asked, ticks that have stopped.',
    )
    .option('--job <name>', 'of this job')
    .option('--state <state>', `in this state, may be repeated: ${STATES.join(', ')}`, state)
    .option('--since <when>', 'received since then: 2h (ago), 2026-03-01, 2026-03-01T02:00:00Z', instantOrAgo)
    .option('--until <when>', 'received before then', instantOrAgo)
    .option('--run-id <id>', 'the run with this id, as the list shows it')
    .option('--limit <n>', 'this many at most', wholeNumber(1, 10_000), 20)
    .option('--database <name>', 'in this database only')
    .option('--watch', 'look again every two seconds, until Ctrl-C')
    .option('--json', 'one JSON object a line; first what is overdue, which has the key "alarm"')
    .action((options: Options) =>
      withConnections(invocation, (connections) => runs(invocation, connections, options), 'withoutQueues'),
    );
  addExamples(command, [
    ['runs --state failed --since 24h', 'what failed in the last day'],
    ['runs --job nightly-order-totals --limit 5 --json', "a job's last five runs, for a program"],
  ]);
};

async function runs(invocation: Invocation, connections: Connections, options: Options): Promise<void> {
  if (options.watch) return watch(invocation, connections, options);
  const found = await findRuns(connections, { ...options, states: options.state }, options.database);
  showAlarms(invocation, await alarmsFor(invocation, connections, options), options);
  show(invocation, found, options);
  if (found.length === 0) invocation.output.say('There are no such runs.');
  else if (!options.json) invocation.output.say(`Times are in ${viewerZone()}.`);
}

/** Those that the filter does not leave out. */
async function alarmsFor(
  { output }: Invocation,
  connections: Connections,
  { job, database, runId }: Options,
): Promise<StandingAlarm[]> {
  if (runId !== undefined) return [];
  const alarms = await connections.ledger('main', standingAlarms).catch((error: unknown) => {
    // The runs of another database can be shown without it.
    output.say(`Whether anything is overdue is not known. ${explain(error).message}`);
    return [];
  });
  const concerns = (wanted: string | undefined, named: string | null) =>
    wanted === undefined || named === null || named === '*' || named === wanted;
  return alarms.filter((alarm) => concerns(job, alarm.job) && concerns(database, alarm.database));
}

function showAlarms({ output }: Invocation, alarms: readonly StandingAlarm[], { json }: Options): void {
  for (const alarm of alarms) output.print(json ? JSON.stringify(alarm) : alarmText(alarm, output));
  if (alarms.length > 0 && !json) output.print('');
}

function show({ output }: Invocation, found: readonly RunRow[], options: Options): void {
  if (options.json) for (const run of found) output.print(runJson(run));
  else if (found.length > 0) output.print(runTable(found, output, Date.now()));
}

/** On a terminal the list is drawn anew; elsewhere each run is told when it comes or changes. */
async function watch(invocation: Invocation, connections: Connections, options: Options): Promise<void> {
  const { output, signal } = invocation;
  const redraw = output.width !== null && !options.json;
  const told = new Map<string, string>();
  const toldAlarms = new Set<string>();
  while (!signal.aborted) {
    const found = await findRuns(connections, { ...options, states: options.state }, options.database);
    if (redraw) output.print('\x1b[H\x1b[2J');
    const alarms = await alarmsFor(invocation, connections, options);
    const newAlarms = alarms.filter((alarm) => !toldAlarms.has(alarmKey(alarm)));
    showAlarms(invocation, redraw ? alarms : newAlarms, options);
    for (const alarm of newAlarms) toldAlarms.add(alarmKey(alarm));
    const news = found.toReversed().filter((run) => told.get(run.runId) !== changeOf(run));
    show(invocation, redraw ? found : news, options);
    for (const run of news) told.set(run.runId, changeOf(run));
    await sleep(WATCH_MS, undefined, { signal }).catch(() => {});
  }
}

const WATCH_MS = 2_000;

/** Raised anew, it is another alarm. */
const alarmKey = ({ alarm, job, database, raisedAt }: StandingAlarm) =>
  `${alarm} ${job} ${database} ${raisedAt}`;

const changeOf = (run: RunRow) => `${run.state} ${run.attempt}`;

/** The event is left out: `results` shows it, and it may be 48 KiB long. */
function runJson({ event: _event, ...run }: RunRow): string {
  return toJson({ ...run });
}

function state(text: string, before: readonly string[] = []): string[] {
  if (STATES.some((each) => each === text)) return [...before, text];
  throw new InvalidArgumentError(
    `${didYouMean(text, STATES).trim()} The states are ${STATES.join(', ')}.`.trim(),
  );
}
