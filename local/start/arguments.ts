import { parseArgs } from 'node:util';

export const HELP = `Runs Nightshift on this machine: PostgreSQL, Azurite, managed identities and the functions host.

  npm start               shows a job and a query at work, then stays up until Ctrl-C
  npm start -- --once     ends after that; the exit code is not 0 if anything failed
  npm start -- --help     this text

While it runs, the command finds it by itself: npx nightshift --help`;

export interface StartArguments {
  readonly once: boolean;
  readonly help: boolean;
}

/** @throws Error with a sentence about the argument that is not known. */
export function readArguments(args: readonly string[]): StartArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  return values;
}
