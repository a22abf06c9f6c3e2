import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/** Adds arguments, options, examples and the action to a command. */
export type DefineCommand = (command: Command, invocation: Invocation) => void;

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  /** A command's code is loaded when it is called: `nightshift --help` loads none. */
  load(): Promise<{ readonly define: DefineCommand }>;
}

const RUN = 'Run jobs and queries:';
const SEE = 'See what happened:';
const SET_UP = 'Connect and set up:';

export const COMMANDS: readonly CommandEntry[] = [
  { group: RUN, name: 'run', summary: 'run a job now', load: () => import('./commands/run.ts') },
  {
    group: RUN,
    name: 'query',
    summary: 'run one read-only SQL statement',
    load: () => import('./commands/query.ts'),
  },
  {
    group: SEE,
    name: 'results',
    summary: 'look at the results queue, taking nothing from it',
    load: () => import('./commands/results.ts'),
  },
  {
    group: SEE,
    name: 'runs',
    summary: 'list runs from the ledger',
    load: () => import('./commands/runs.ts'),
  },
  {
    group: SET_UP,
    name: 'setup',
    summary: 'create the schema, the logins and the queues',
    load: () => import('./commands/setup.ts'),
  },
];
