import { join } from 'node:path';
import { HELP, readArguments } from './start/arguments.ts';
import { colors } from './start/colors.ts';
import { watchNpm } from './start/npmParent.ts';
import { type Session, startSession } from './start/session.ts';
import { runNightlyJob, runQuery } from './start/show.ts';
import { tellAct } from './start/tellAct.ts';
import { watchJobs } from './start/watchJobs.ts';

const PROJECT = join(import.meta.dirname, '..');
/** Ctrl-C promises 5 s. Whatever is left then ends with this process: the guards see to it. */
const LONGEST_STOP_MS = 4700;

const WHAT_NEXT = `Schedules are running, and changes in jobs/ are taken over. In another terminal:

  npx nightshift run top-customers --wait
  npx nightshift query "SELECT status, count(*) FROM orders GROUP BY status"
  npx nightshift results --follow
  npx nightshift runs

Ctrl-C ends it all; the data goes with it.`;

const tell = (line: string) => console.log(line);

/** @returns whether everything succeeded */
async function show({ stack }: Session): Promise<boolean> {
  const storage = stack.azurite.connectionString;
  let allSucceeded = true;
  for (const act of [runNightlyJob, runQuery]) {
    const played = await act(storage);
    tell(`\n${tellAct(played).join('\n')}`);
    allSucceeded &&= played.event?.type.endsWith('.succeeded') ?? false;
  }
  return allSucceeded;
}

async function stayUp(session: Session): Promise<void> {
  tell(`\n${WHAT_NEXT}\n`);
  const watcher = watchJobs(PROJECT, session.rebuild);
  await askedToStop();
  watcher.close();
  tell('Stopping.');
}

/** Resolves on Ctrl-C and its like; the next one ends the process at once. */
function askedToStop(): Promise<void> {
  return new Promise((resolve) => {
    onStopSignal(() => {
      onStopSignal(() => process.exit(130));
      resolve();
    });
  });
}

let stopSignal = () => {};
function onStopSignal(handle: () => void): void {
  stopSignal = handle;
}

async function main(): Promise<void> {
  const { once, help } = readArguments(process.argv.slice(2));
  if (help) return tell(HELP);

  // Until everything is up there is nothing to stop in order: the guards end and remove what was started.
  onStopSignal(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopSignal());
  watchNpm(() => stopSignal());

  tell(`${colors.bold('Nightshift')} on this machine\n`);
  const session = await startSession(PROJECT, tell);
  try {
    const allSucceeded = await show(session);
    if (once) process.exitCode = allSucceeded ? 0 : 1;
    else await stayUp(session);
  } finally {
    setTimeout(() => process.exit(), LONGEST_STOP_MS).unref();
    await session.stop();
  }
  process.exit();
}

await main().catch((error: unknown) => {
  console.error(colors.red(error instanceof Error ? error.message : String(error)));
  process.exit(1);
});
