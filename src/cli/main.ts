import { CommanderError } from 'commander';
import { CliError } from './cliError.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';
import { Interrupted, interruptSignal } from './interrupt.ts';
import { createProgram, isDone } from './program.ts';
import { type StartedInvocation, startInvocation } from './startInvocation.ts';

/** Above the await: what stands below it is not there yet when a signal comes. */
const CLEANING_MS = 5_000;

const invocation = startInvocation(process, interruptSignal());
const given = process.argv.slice(2);
const command = createProgram(invocation)
  .parseAsync(given.length === 0 ? ['--help'] : given, { from: 'user' })
  .then(
    () => invocation.exitCode,
    (error: unknown) => failed(invocation, error),
  );
const exitCode = await Promise.race([command, interrupted(invocation, command)]);
// What was written must be out, and a keep-alive connection must not keep the process alive.
process.stdout.write('', () => process.exit(exitCode));

async function failed({ output, signal }: StartedInvocation, error: unknown): Promise<ExitCode> {
  if (isDone(error)) return EXIT.ok;
  // Commander has told it.
  if (error instanceof CommanderError) return EXIT.usage;
  // Whatever an abort made fail is no news.
  if (signal.reason instanceof Interrupted) return signal.reason.exitCode;
  if (error instanceof CliError) {
    output.complain(error.message);
    return error.exitCode;
  }
  const { explain } = await import('./failure.ts');
  const { message, exitCode } = explain(error);
  output.complain(message);
  if (error instanceof Error) output.detail(error.stack ?? '');
  return exitCode;
}

/** Resolves when the signal has aborted and nothing has to be cleaned up, or the cleaning is done. */
function interrupted({ signal, isHolding }: StartedInvocation, done: Promise<unknown>): Promise<ExitCode> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', async () => {
      if (isHolding()) await Promise.race([done, new Promise((late) => setTimeout(late, CLEANING_MS))]);
      resolve(signal.reason instanceof Interrupted ? signal.reason.exitCode : EXIT.internal);
    });
  });
}
