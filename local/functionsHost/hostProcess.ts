import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export interface HostProcessOptions {
  /** The directory of the built app. */
  readonly appDirectory: string;
  /** The app's settings: the child's whole environment, but for PATH, HOME and TMPDIR, which it takes from here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @default 600 */
  readonly lockSeconds?: number;
  /** @default 10 */
  readonly drainSeconds?: number;
  /** Gets every line that the child writes. */
  readonly onLine?: (line: string) => void;
}

export interface HostProcess {
  readonly pid: number;
  readonly functions: string[];
  /** Asks it to drain and end; kills it when it takes 5 s longer than drainSeconds. */
  stop(): Promise<void>;
  /** SIGKILL, as a machine that goes away: nothing is given back. */
  kill(): void;
  /** The exit code; null when a signal ended it. 3 means that an invocation ran longer than functionTimeout. */
  readonly exited: Promise<number | null>;
}

const readyMessage = z.object({ ready: z.literal(true), functions: z.array(z.string()) });

/**
 * Starts the functions host as a child process and waits until it is ready. The child ends when this process does,
 * however that comes about.
 *
 * @throws Error with the child's last lines when it ends before it is ready
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./main.ts', import.meta.url)), ...flags(options)],
    {
      cwd: options.appDirectory,
      env: { PATH, HOME, TMPDIR, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  const lastLines = readLines(child, options.onLine);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error');
    throw new Error('The functions host could not be started.', { cause: error });
  }
  const functions = await Promise.race([
    ready(child),
    exited.then(async (code) => {
      throw new Error(
        `The functions host ended (${code ?? 'killed'}) before it was ready: ${(await lastLines).join(' | ')}`,
      );
    }),
  ]);
  return {
    pid,
    functions,
    exited,
    kill: () => child.kill('SIGKILL'),
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), ((options.drainSeconds ?? 10) + 5) * 1000);
      await exited;
      clearTimeout(timer);
    },
  };
}

function flags({ appDirectory, lockSeconds, drainSeconds }: HostProcessOptions): string[] {
  return [
    `--app=${appDirectory}`,
    ...(lockSeconds === undefined ? [] : [`--lock-seconds=${lockSeconds}`]),
    ...(drainSeconds === undefined ? [] : [`--drain-seconds=${drainSeconds}`]),
  ];
}

function ready(child: ChildProcess): Promise<string[]> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const parsed = readyMessage.safeParse(message);
      if (parsed.success) resolve(parsed.data.functions);
    });
  });
}

/** Passes lines on; gives the last ones when both streams have ended. */
async function readLines(
  child: ChildProcess,
  onLine: ((line: string) => void) | undefined,
): Promise<string[]> {
  const last: string[] = [];
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  await Promise.all(
    streams.map(async (input) => {
      for await (const line of createInterface({ input })) {
        onLine?.(line);
        last.push(line);
        if (last.length > 20) last.shift();
      }
    }),
  );
  return last;
}
