import { setTimeout as sleep } from 'node:timers/promises';
import { type HostProcess, startHostProcess } from '../functionsHost/hostProcess.ts';

export interface AppHostOptions {
  readonly projectDirectory: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Told when the host ended by itself; another one is on its way. */
  readonly onLost: (exitCode: number | null) => void;
}

/** The functions host with the built app in it, kept running. */
export interface AppHost {
  /** Lets the running functions end, then starts the app anew from what is built now. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Ctrl-C promises an end within 5 s: what has not ended by then is cut off, and a later delivery finishes it. */
const DRAIN_SECONDS = 3;
const KILL_AFTER_MS = 4000;
const PAUSE_BEFORE_ANOTHER_MS = 1000;

/** @throws Error with the host's last lines when it does not start. */
export async function startAppHost(options: AppHostOptions): Promise<AppHost> {
  let stopping = false;
  let host = await startOne();

  async function startOne(): Promise<HostProcess> {
    const one = await startHostProcess({
      appDirectory: options.projectDirectory,
      env: options.settings,
      drainSeconds: DRAIN_SECONDS,
      onLine: options.onLine,
    });
    void one.exited.then((code) => replace(one, code));
    return one;
  }

  /** As Azure does: a worker that ended by itself is replaced. */
  async function replace(lost: HostProcess, code: number | null): Promise<void> {
    if (stopping || lost !== host) return;
    options.onLost(code);
    while (!stopping) {
      await sleep(PAUSE_BEFORE_ANOTHER_MS);
      try {
        host = await startOne();
        return;
      } catch (error) {
        options.onLine(String(error));
      }
    }
  }

  async function stop(): Promise<void> {
    stopping = true;
    const impatience = setTimeout(() => host.kill(), KILL_AFTER_MS);
    await host.stop();
    clearTimeout(impatience);
  }

  return {
    stop,
    async restart() {
      await stop();
      stopping = false;
      host = await startOne();
    },
  };
}
