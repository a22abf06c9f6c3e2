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
const WRITE = 'Write jobs:';
const SEE = 'See what happened:';
const SET_UP = 'Connect and set up:';

export const COMMANDS: readonly CommandEntry[] = [
  entry(RUN, 'run', 'run a job now', () => import('./commands/run.ts')),
  entry(RUN, 'query', 'run one read-only SQL statement', () => import('./commands/query.ts')),
  entry(RUN, 'pause', 'keep a job, or all jobs, from running', () => import('./commands/pause.ts')),
  entry(RUN, 'resume', 'let a paused job run again', () => import('./commands/resume.ts')),

  entry(WRITE, 'new', 'write a job file to begin with', () => import('./commands/new.ts')),
  entry(WRITE, 'validate', 'check every job file', () => import('./commands/validate.ts')),
  entry(WRITE, 'next', 'show when jobs run next', () => import('./commands/next.ts')),
  entry(WRITE, 'plan', 'show what will run, and what is in its way', () => import('./commands/plan.ts')),
  entry(WRITE, 'diff', 'show what a deployment changes', () => import('./commands/diff.ts')),
  entry(WRITE, 'show', 'show a job with its next and last runs', () => import('./commands/show.ts')),
  entry(WRITE, 'init', 'make a project of your own', () => import('./commands/init.ts')),

  entry(SEE, 'runs', 'list runs from the ledger', () => import('./commands/runs.ts')),
  entry(SEE, 'results', 'look at the results queue, taking nothing', () => import('./commands/results.ts')),
  entry(
    SEE,
    'dead-letters',
    'look at messages that could not be run',
    () => import('./commands/deadLetters.ts'),
  ),

  entry(SET_UP, 'setup', 'create schema, logins and queues', () => import('./commands/setup.ts')),
  entry(SET_UP, 'doctor', 'say which link of the chain is broken', () => import('./commands/doctor.ts')),
  entry(SET_UP, 'token', 'print an access token for the database', () => import('./commands/token.ts')),
  entry(
    SET_UP,
    'connect',
    'run psql, or any program, as the app logs in',
    () => import('./commands/connect.ts'),
  ),
  entry(SET_UP, 'completion', 'make your shell complete commands', () => import('./commands/completion.ts')),
];

/** What the completion scripts ask; not for people. */
export const WORDS: CommandEntry = entry('', '__words', '', () => import('./commands/words.ts'));

function entry(group: string, name: string, summary: string, load: CommandEntry['load']): CommandEntry {
  return { group, name, summary, load };
}
