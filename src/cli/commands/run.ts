import { randomUUID } from 'node:crypto';
import type { Job } from '../../lib/jobs/job.ts';
import { resolveParameters } from '../../lib/jobs/parameters.ts';
import { toJson } from '../../lib/json.ts';
import { encodeJobMessage, type JobMessage, readJobMessage } from '../../lib/messages/jobMessage.ts';
import { problemText } from '../../lib/messages/problem.ts';
import { createQueueSender } from '../../lib/messages/queueSender.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { type Connections, withConnections } from '../connections.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { findJob } from '../jobs/findJob.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { exitCodeOf, readOutcome } from '../ledger/outcomeEvent.ts';
import { ALL_JOBS, pauseAt, pausesOf, pauseText } from '../ledger/pauses.ts';
import { refuseUsedRunId } from '../ledger/usedRunId.ts';
import { waitForRun } from '../ledger/waitForRun.ts';
import { jobParameter } from '../options/jobParameters.ts';
import { durationOption, instant } from '../options/parse.ts';
import { showOutcome } from '../output/outcome.ts';
import type { Output } from '../output/output.ts';
import { durationText } from '../output/time.ts';
import { visible } from '../output/visible.ts';

interface Options {
  readonly parameter?: Record<string, string>;
  readonly scheduledFor?: string;
  readonly runId?: string;
  readonly database?: string;
  /** Absent without the option: commander sets its default true before the command has its options. */
  readonly check?: false;
  readonly force?: true;
  readonly wait?: true;
  readonly timeout: number;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description('Puts a message on the jobs queue: the app takes it and runs the job.')
    .argument('<job>', "the job's name: its file below jobs/, without .sql")
    .option(
      '-p, --parameter <name=value>',
      'a value for a parameter of the job; may be repeated',
      jobParameter,
    )
    .option(
      '--scheduled-for <instant>',
      'the instant that the run stands for, as 2026-03-01T02:00:00Z',
      instant,
    )
    .option('--run-id <id>', 'an id of yours: the same id is run once, however often it is sent')
    .option('--database <name>', "a configured database, instead of the job's own")
    .option('--force', 'run it although it is paused')
    .option('--no-check', 'send it even if this build does not know the job')
    .option('-w, --wait', 'wait for the outcome, which the exit code tells too')
    .addOption(durationOption('--timeout <duration>', 'with --wait: give up after this long', 1, '10m'))
    .option('--json', 'print what was sent, or with --wait the event, as JSON')
    .action((job: string, options: Options) =>
      withConnections(invocation, (connections) => run(invocation, connections, job, options)),
    );
  addExamples(command, [
    ['run nightly-order-totals --wait', 'run it now, and see what came of it'],
    ['run nightly-order-totals --parameter day=2026-03-01', 'run it for another day, and do not wait'],
  ]);
};

async function run(
  invocation: Invocation,
  connections: Connections,
  name: string,
  options: Options,
): Promise<void> {
  const { output, signal } = invocation;
  const { settings } = connections;
  const userRunId = options.runId ?? `cli-${randomUUID()}`;
  const message = checkedMessage(name, userRunId, options);
  const { database, values } = await check(invocation, message, options);
  if (!settings.databases.has(database)) await connections.database(database);
  if (options.wait && options.runId !== undefined)
    await refuseUsedRunId(connections, database, message, values);

  if (!options.force) await tellPause(connections, name, output);
  const sender = createQueueSender(await connections.queues(), settings.messageEncoding);
  await sender.send(settings.queues.jobs, encodeJobMessage(message));
  const runId = `user:${userRunId}`;
  output.say(`Sent to ${settings.queues.jobs} as run ${visible(runId)}.`);
  if (!options.wait) {
    output.print(options.json ? toJson({ ...message, runId }) : runId);
    return;
  }

  const progress = output.progress('Waiting for the app to take it');
  const event = await waitForRun(
    connections,
    { userRunId, database },
    { timeoutMs: options.timeout, signal },
    progress.update,
  ).finally(progress.stop);
  if (event === null) throw noOutcome(runId, options.timeout);
  const outcome = readOutcome(event);
  if (options.json) output.print(event);
  else showOutcome(outcome, output);
  invocation.exitCode = exitCodeOf(outcome);
}

/** It is sent all the same: the app may get it when the pause is over. */
async function tellPause(connections: Connections, job: string, output: Output): Promise<void> {
  const pause = pauseAt((await pausesOf(connections, output)) ?? [], job, Date.now());
  if (pause === null) return;
  output.say(
    visible(`${job} is ${pauseText(pause)}`) +
      `\nThe app will skip this run, unless it is asked with --force, or after: npx nightshift resume${pause.job === ALL_JOBS ? '' : ` ${job}`}`,
  );
}

function checkedMessage(job: string, runId: string, options: Options): JobMessage {
  const checked = readJobMessage({
    job,
    runId,
    ...(options.scheduledFor === undefined ? {} : { scheduledFor: options.scheduledFor }),
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.parameter === undefined ? {} : { parameters: options.parameter }),
    ...(options.force ? { force: true } : {}),
  });
  if (checked.ok) return checked.message;
  throw new CliError(
    EXIT.usage,
    `Nothing was sent.\n${checked.problems.map((each) => `  ${problemText(each)}`).join('\n')}`,
  );
}

/**
 * What the app would reject is told before it is sent.
 *
 * @returns the database that it will run in, and the values that it will run with
 */
async function check({ directory }: Invocation, message: JobMessage, options: Options) {
  const catalog = await currentCatalog(directory);
  const mayBeUnknown = options.check === false;
  const known = catalog.jobs.find(({ name }) => name === message.job);
  const job = mayBeUnknown ? known : findJob(catalog, message.job);
  const database = message.database ?? databaseOf(job, options);
  if (job === undefined) return { database, values: {} };
  const anchor = message.scheduledFor === undefined ? Date.now() : Date.parse(message.scheduledFor);
  const resolved = resolveParameters(job, message.parameters ?? {}, anchor);
  if (resolved.ok) return { database, values: resolved.values };
  if (mayBeUnknown) return { database, values: {} };
  const problems = resolved.problems.map((each) => `  ${problemText(each)}`);
  throw new CliError(
    EXIT.usage,
    `Nothing was sent: job ${job.name} would reject it.\n${problems.join('\n')}`,
  );
}

/** Where a job without `database` in its message runs; one that runs in several cannot be waited for as one run. */
function databaseOf(job: Job | undefined, { wait }: Options): string {
  const [first = 'main', ...more] = job?.databases ?? [];
  const isOne = more.length === 0 && !first.includes('*');
  if (isOne || !wait) return isOne ? first : 'main';
  throw new CliError(
    EXIT.usage,
    `Job ${job?.name} runs in several databases (${[first, ...more].join(', ')}): name the one to wait for by --database.`,
  );
}

function noOutcome(runId: string, timeoutMs: number): CliError {
  return new CliError(
    EXIT.noAnswer,
    `No outcome within ${durationText(timeoutMs)}; the run may still come. Is the app running (npm start, or the function app)? ` +
      `Look again with: npx nightshift runs --run-id '${runId}'`,
  );
}
