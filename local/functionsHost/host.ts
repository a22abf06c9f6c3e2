import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Core, provideCoreModule } from './core.ts';
import { drain } from './drain.ts';
import { loadEntryPoints } from './entryPoint.ts';
import { parseHostJson } from './hostJson.ts';
import { createHostLog } from './hostLog.ts';
import type { Listener } from './listener.ts';
import { readLocalSettings } from './localSettings.ts';
import { indexTriggers } from './triggers.ts';
import { createWorker } from './worker.ts';

export interface FunctionsHostOptions {
  /** The directory of the built app: host.json, package.json, and local.settings.json if there is one. */
  readonly appDirectory: string;
  /** How long a received message is hidden, in seconds; renewed at half. @default 600, as the real host has it */
  readonly lockSeconds?: number;
  /** How long stop waits for running invocations, in seconds. @default 10 */
  readonly drainSeconds?: number;
  /** Gets every line that the host and the functions log. */
  readonly log: (line: string) => void;
  /**
   * Called once, after all running invocations have failed and the host has stopped, when one ran longer than
   * functionTimeout. In Azure the worker process is then replaced; a process can do that only by ending.
   */
  readonly onWorkerLost?: () => void;
}

export interface FunctionsHost {
  /** What was indexed, as the ready line shows it: "runJob (queue nightshift-jobs)". */
  readonly functions: string[];
  /**
   * Stops polling, lets running invocations finish up to drainSeconds, runs the app's appTerminate hooks, and gives
   * what these brought to an end another second.
   */
  stop(): Promise<void>;
}

const ANSWERS_MS = 1_000;

let started = false;

/**
 * Loads an app and runs its functions in this process, which can do so only once: the app's modules and the
 * functions that they register are the process's own. Settings are the environment's; those that it does not
 * have are added to it from local.settings.json, for the app reads them there too.
 *
 * A function that cannot be indexed is said to be in error, and the others run, as in the real host.
 *
 * @throws Error when host.json or the settings file is bad, when the entry point throws, or when no function is left
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  if (started) throw new Error('A functions host was already started in this process.');
  started = true;
  const { appDirectory } = options;
  for (const [name, value] of Object.entries(await readLocalSettings(appDirectory)))
    process.env[name] ??= value;
  const hostOptions = parseHostJson(await readFile(join(appDirectory, 'host.json'), 'utf8'), process.env);
  const log = createHostLog(options.log, hostOptions.logLevel);

  const core = new Core((level, message) => log(level, 'host', message));
  provideCoreModule(core.module);
  await loadEntryPoints(appDirectory);
  await core.model?.getCapabilities?.({});
  core.locked = true;
  await core.runHooks('appStart', {
    hookData: {},
    appHookData: core.appHookData,
    functionAppDirectory: appDirectory,
  });

  const worker = createWorker(hostOptions.functionTimeoutMs);
  const listeners: Listener[] = [];
  const triggers = indexTriggers({
    appDirectory,
    core,
    worker,
    log,
    queueOptions: hostOptions.queues,
    settings: process.env,
    lockSeconds: options.lockSeconds ?? 600,
    onPoison: (queueName) => {
      for (const listener of listeners) if (listener.queueName === queueName) listener.wake?.();
    },
  });
  if (triggers.length === 0) throw new Error(`No function of ${appDirectory} can run.`);
  for (const trigger of triggers) listeners.push(await trigger.start());

  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopOnce();
    return stopping;
  };
  const stopOnce = async () => {
    const drainSeconds = options.drainSeconds ?? 10;
    await drain(listeners, drainSeconds * 1000);
    await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData });
    // What the hooks brought to an end is answered still: messages are deleted, or given back.
    const left = await drain(listeners, ANSWERS_MS);
    if (left > 0) {
      const message = `${left} invocations did not finish in ${drainSeconds} s; their messages come back when their locks end`;
      log('warning', 'host', message);
    }
  };
  worker.lost.then(async (reason) => {
    log('error', 'host', `${reason}; every running invocation fails with it, and the worker ends`);
    await stop();
    options.onWorkerLost?.();
  });
  return { functions: triggers.map(({ description }) => description), stop };
}
