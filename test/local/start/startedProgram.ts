import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface StartedProgram {
  readonly child: ChildProcess;
  /** What it has written so far, to standard output and standard error alike. */
  said(): string;
  /** Its exit code, once all that it wrote is here. */
  readonly ended: Promise<number | null>;
}

/** Starts a program in a project and collects what it says. */
export function startIn(directory: string, program: string, args: readonly string[]): StartedProgram {
  const child = spawn(program, args, {
    cwd: directory,
    // The npm that runs the tests is not the one that may have started this program.
    env: { ...process.env, npm_lifecycle_event: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  return { child, said: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}
