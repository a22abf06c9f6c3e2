import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startGuarded } from '../guard.ts';
import type { Account } from './account.ts';

export interface ServerProcess {
  readonly pid: number;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when the postmaster has ended. */
  readonly ended: Promise<unknown>;
}

export interface ServerCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly account: Account | null;
  /** Removed if this process is killed. */
  readonly home: string;
  readonly onLog: (text: string) => void;
}

/**
 * Runs `postgres` until it takes connections.
 * @throws Error with the server's last words when it ends before that.
 */
export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const child = spawnAs(command, 'QUIT');
  const ended = once(child, 'exit');
  let lastWords = '';
  const ready = new Promise<void>((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      command.onLog(text);
      lastWords = (lastWords + text).slice(-4000);
      // Whole lines are not needed: the postmaster writes this one in a single call.
      if (text.includes('database system is ready to accept')) resolve();
    });
  });
  const died = ended.then(() => {
    throw new Error(`PostgreSQL ended before it was ready. It said:\n${lastWords.trim()}`);
  });
  await Promise.race([ready, died]);
  died.catch(() => {});
  return {
    pid: child.pid ?? 0,
    signal: (signal) => void child.kill(signal),
    ended,
  };
}

/**
 * Runs a program of PostgreSQL's to its end.
 * @throws Error with what it printed when it failed.
 */
export async function runProgram(command: ServerCommand): Promise<void> {
  const child = spawnAs(command, 'KILL');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.program} failed (${code}):\n${output.trim()}`);
}

function spawnAs(command: ServerCommand, signal: 'QUIT' | 'KILL'): ChildProcess {
  const { program, args, account, home } = command;
  // cwd: the caller's folder may be closed to that account. LC_ALL: an unknown locale stops initdb.
  const env = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
  return startGuarded(program, args, { ...account, cwd: '/', env, signal, leftovers: home });
}
