import { EXIT, type ExitCode } from './exitCodes.ts';

/** Why the command was told to end before it was done; the reason of the invocation's signal. */
export class Interrupted extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'Interrupted';
    this.exitCode = exitCode;
  }
}

/**
 * A signal that Ctrl-C, a kill, or a reader that has gone away (`nightshift runs | head -1`) aborts, so that what a
 * command has made (a reply queue) is removed before it ends. A second Ctrl-C ends it at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (exitCode: ExitCode) => () => {
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(new Interrupted(exitCode, 'Interrupted.'));
  };
  process.on('SIGINT', onSignal(EXIT.interrupted));
  process.on('SIGTERM', onSignal(EXIT.terminated));
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (!controller.signal.aborted) controller.abort(new Interrupted(EXIT.ok, 'Nobody reads any more.'));
    });
  }
  return controller.signal;
}
