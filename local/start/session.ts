import { type Stack, startStack } from '../stack.ts';
import { type AppHost, startAppHost } from './appHost.ts';
import { runChild } from './child.ts';
import { colors } from './colors.ts';
import { openHostLog } from './hostLog.ts';

export interface Session {
  readonly stack: Stack;
  /** Builds again and, if that goes well, runs what was built. What is wrong is told; the app then stays as it is. */
  rebuild(): Promise<void>;
  stop(): Promise<void>;
}

/** A sentence for people is enough: it says what failed and what that said. */
export class StartFailed extends Error {}

/**
 * Builds the app, starts the stack, sets the database up with the built command and runs the app in the functions
 * host, telling each step.
 *
 * @throws StartFailed; nothing is left running then
 */
export async function startSession(projectDirectory: string, tell: (line: string) => void): Promise<Session> {
  const started = performance.now();
  const step = (what: string, details: string) =>
    tell(`  ${what.padEnd(10)}${details.padEnd(58)}${colors.dim(seconds(performance.now() - started))}`);

  const [built, parts] = await Promise.allSettled([
    build(projectDirectory).then(() => step('built', 'the app and the jobs in jobs/')),
    startStack({ projectDirectory }),
  ]);
  if (parts.status === 'rejected') throw parts.reason;
  const stack = parts.value;
  try {
    if (built.status === 'rejected') throw built.reason;
    step('started', 'PostgreSQL behind TLS, Azurite, the identity endpoint');
    await setUp(projectDirectory, stack);
    step('set up', 'logins, the ledger and its rights, queues');
    const host = await startHost(projectDirectory, stack, tell);
    step('running', 'schedule, runJob, runQuery, deadLetter');
    return {
      stack,
      rebuild: () => rebuild(projectDirectory, host, tell),
      stop: async () => {
        // The app first: it writes its last words to the others.
        await host.stop();
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

async function build(projectDirectory: string): Promise<void> {
  const { ok, output } = await runChild(projectDirectory, ['build.ts']);
  if (!ok) throw new StartFailed(`The app could not be built:\n${output}`);
}

async function setUp(projectDirectory: string, { settings, setup }: Stack): Promise<void> {
  const { ok, output } = await runChild(projectDirectory, ['dist/cli.js', 'setup'], {
    ...settings,
    ...setup,
  });
  if (!ok) throw new StartFailed(`\`nightshift setup\` failed:\n${output}`);
}

function startHost(projectDirectory: string, stack: Stack, tell: (line: string) => void): Promise<AppHost> {
  return startAppHost({
    projectDirectory,
    settings: stack.settings,
    onLine: openHostLog(projectDirectory, (line) => tell(colors.yellow(line))),
    onLost: (code) =>
      tell(colors.yellow(`The functions host ended (${code ?? 'killed'}); another one is starting.`)),
  });
}

async function rebuild(projectDirectory: string, host: AppHost, tell: (line: string) => void): Promise<void> {
  const started = performance.now();
  try {
    await build(projectDirectory);
    await host.restart();
    tell(
      `jobs/ has changed: the app runs the jobs as they are now ${colors.dim(seconds(performance.now() - started))}`,
    );
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    tell(colors.red(error.message));
    tell('The app goes on with the jobs as they were.');
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
