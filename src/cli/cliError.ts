import type { ExitCode } from './exitCodes.ts';

/** Ends the command with a sentence for people: what was wrong, where, and what to do next. */
export class CliError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
