import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type HostProcess, startHostProcess } from '../local/functionsHost/hostProcess.ts';
import type { Environment } from './environment.ts';

/** A line that a worker logged. */
export interface LogLine {
  readonly atMs: number;
  readonly pid: number;
  readonly line: string;
}

/** The workers: so many functions hosts, each a process, all with the same app. */
export interface Fleet {
  readonly log: readonly LogLine[];
  /** How many workers ended by themselves. */
  readonly lost: () => number;
  /** SIGKILL; another takes its place. */
  kill(index: number): Promise<void>;
  /** SIGTERM, as for a deployment or a scale-in; another takes its place. */
  replace(index: number): Promise<void>;
  /** SIGSTOP, and SIGCONT after so long. */
  pause(index: number, durationMs: number): Promise<void>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly environment: Environment;
  readonly workers: number;
  readonly lockSeconds: number;
  readonly startedAt: number;
}

const DRAIN_SECONDS = 5;

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const { environment, workers, lockSeconds, startedAt } = options;
  const log: LogLine[] = [];
  const ended = new Set<HostProcess>();
  let lost = 0;
  let stopping = false;

  const start = async (): Promise<HostProcess> => {
    let pid = 0;
    const host = await startHostProcess({
      appDirectory: environment.app.directory,
      env: environment.settings,
      lockSeconds,
      drainSeconds: DRAIN_SECONDS,
      onLine: (line) => log.push({ atMs: Date.now() - startedAt, pid, line }),
    });
    pid = host.pid;
    return host;
  };
  const hosts: HostProcess[] = [];
  const replaceAt = async (index: number, end: (host: HostProcess) => Promise<void>) => {
    const host = hosts[index];
    if (host === undefined) return;
    ended.add(host);
    await end(host);
    if (!stopping) await startAt(index);
  };
  const startAt = async (index: number) => {
    const host = await start();
    hosts[index] = host;
    void host.exited.then(async () => {
      if (ended.has(host) || stopping) return;
      lost += 1;
      await startAt(index);
    });
  };
  await Promise.all(Array.from({ length: workers }, (_, index) => startAt(index)));

  return {
    log,
    lost: () => lost,
    kill: (index) =>
      replaceAt(index, async (host) => {
        host.kill();
        await host.exited;
      }),
    replace: (index) => replaceAt(index, (host) => host.stop()),
    async pause(index, durationMs) {
      const host = hosts[index];
      if (host) await pauseProcess(host.pid, durationMs);
    },
    async stop() {
      stopping = true;
      await Promise.all(hosts.map((host) => host.stop()));
    },
  };
}

/** By a shell that outlives us: a worker that stands still would not notice that we are gone, and stay for ever. */
async function pauseProcess(pid: number, durationMs: number): Promise<void> {
  const script = 'kill -s STOP "$1"; sleep "$2"; kill -s CONT "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'pause', String(pid), String(durationMs / 1000)], {
    detached: true,
    stdio: 'ignore',
  });
  await once(shell, 'exit');
}
