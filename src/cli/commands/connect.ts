import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { didYouMean } from '../../lib/didYouMean.ts';
import type { Settings } from '../../lib/settings.ts';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { libpqEnvironment, logIn } from '../identity/login.ts';
import type { Invocation } from '../invocation.ts';

interface Options {
  readonly database: string;
  readonly asQueries?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Runs a program, psql by default, that connects as the app does: PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and ' +
        'PGPASSWORD are set from the settings and a fresh token, in the environment of that program only.',
    )
    .usage('[options] [--exec <program> [arguments...]]')
    .argument('[program]', 'the program', 'psql')
    .argument('[arguments...]', 'everything behind the program is its own')
    .passThroughOptions()
    .option('--database <name>', 'a configured database', 'main')
    .option('--as-queries', 'log in as ad-hoc queries do (QUERY_DATABASE_URL)')
    .option('--exec', 'the program and its arguments follow')
    .action(async (program: string, args: string[], options: Options) => {
      // Options alone are psql's: connect -- -c "SELECT 1".
      const [name, rest] = program.startsWith('-') ? ['psql', [program, ...args]] : [program, args];
      invocation.exitCode = await connect(invocation, name, rest, options);
    });
  addExamples(command, [
    ['connect', 'psql, as the app'],
    ['connect --exec node -e "console.log(process.env.PGUSER)"', 'any other program'],
  ]);
};

async function connect(
  invocation: Invocation,
  program: string,
  args: readonly string[],
  options: Options,
): Promise<ExitCode> {
  const settings = await invocation.settings('withoutQueues');
  const { target, clientId } = choose(settings, options);
  const login = await logIn(target, clientId, settings, await invocation.environment());
  invocation.output.detail(`Connecting to ${target.database} on ${target.host} as ${target.user}.`);
  return run(invocation, program, args, libpqEnvironment(login));
}

function choose(settings: Settings, { database, asQueries }: Options) {
  if (asQueries) {
    if (settings.queryDatabase === null)
      throw new CliError(EXIT.settings, 'QUERY_DATABASE_URL is not set, so queries have no login.');
    return { target: settings.queryDatabase, clientId: settings.queryClientId ?? settings.clientId };
  }
  const target = settings.databases.get(database);
  const names = [...settings.databases.keys()];
  if (target === undefined) {
    throw new CliError(
      EXIT.usage,
      `There is no database "${database}".${didYouMean(database, names)} Configured: ${names.join(', ')}.`,
    );
  }
  return { target, clientId: settings.clientId };
}

function run(
  invocation: Invocation,
  program: string,
  args: readonly string[],
  login: Record<string, string>,
): Promise<ExitCode> {
  // Ctrl-C in psql ends a statement, not psql; so it must not end us either.
  process.removeAllListeners('SIGINT');
  process.on('SIGINT', () => {});
  const child = spawn(program, args, {
    stdio: 'inherit',
    env: { ...invocation.processEnvironment, ...login },
  });
  invocation.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  return invocation.holding(
    () =>
      new Promise((resolve, reject) => {
        child.once('error', (error: NodeJS.ErrnoException) => {
          const advice =
            error.code === 'ENOENT'
              ? ' Install it, or name another: npx nightshift connect --exec <program>'
              : '';
          reject(new CliError(EXIT.usage, `${program} cannot be started (${error.code}).${advice}`));
        });
        // The child's own code is what counts to whoever calls us, whatever it is.
        child.once('exit', (code, signal) =>
          resolve((code ?? 128 + constants.signals[signal ?? 'SIGTERM']) as ExitCode),
        );
      }),
  );
}
