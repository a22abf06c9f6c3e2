import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from './bindingExpression.ts';
import { connectQueues } from './connection.ts';
import { Core, provideCoreModule, type RegisteredFunction } from './core.ts';
import { loadEntryPoints } from './entryPoint.ts';
import {
  type IndexedFunction,
  indexFunction,
  poisonQueueName,
  type QueueFunction,
  type TimerFunction,
} from './functionIndex.ts';
import { type HostOptions, parseHostJson } from './hostJson.ts';
import { createHostLog, type HostLog } from './hostLog.ts';
import { invokeFunction, type TriggerInput } from './invocation.ts';
import type { Listener } from './listener.ts';
import { readLocalSettings } from './localSettings.ts';
import { occursWithinMinute } from './ncrontab.ts';
import { type QueueListener, startQueueListener } from './queueListener.ts';
import { toTriggerInput } from './queueMessage.ts';
import { scheduleStatusFile } from './scheduleStatusFile.ts';
import { startTimerListener } from './timerListener.ts';
import { createWorker, type Worker } from './worker.ts';

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
  /** Stops polling, lets running invocations finish up to drainSeconds, and runs the app's appTerminate hooks. */
  stop(): Promise<void>;
}

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

  const indexed = indexFunctions(core, process.env, log);
  if (indexed.length === 0) throw new Error(`No function of ${appDirectory} can run.`);

  const worker = createWorker(hostOptions.functionTimeoutMs);
  const listeners: Listener[] = [];
  const queueListeners = new Map<string, QueueListener>();
  const start = {
    appDirectory,
    core,
    worker,
    log,
    hostOptions,
    settings: process.env,
    lockSeconds: options.lockSeconds ?? 600,
  };
  for (const { definition, registered } of indexed) {
    if (definition.kind === 'timer') listeners.push(await startTimer(definition, registered, start));
    else {
      const listener = startQueue(definition, registered, start, (poisoned) =>
        queueListeners.get(poisoned)?.wake(),
      );
      queueListeners.set(definition.queueName, listener);
      listeners.push(listener);
    }
  }

  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= stopListeners(listeners, (options.drainSeconds ?? 10) * 1000, log).then(() =>
      core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData }),
    );
    return stopping;
  };
  worker.lost.then(async (reason) => {
    log('error', 'host', `${reason}; every running invocation fails with it, and the worker ends`);
    await stop();
    options.onWorkerLost?.();
  });
  return { functions: indexed.map(({ definition }) => describe(definition)), stop };
}

interface Indexed {
  readonly definition: IndexedFunction;
  readonly registered: RegisteredFunction;
}

function indexFunctions(core: Core, settings: Settings, log: HostLog): Indexed[] {
  const indexed: Indexed[] = [];
  for (const registered of core.functions.values()) {
    const { name } = registered.metadata;
    try {
      const definition = indexFunction(registered.metadata, settings);
      if (definition?.kind === 'queue') connectQueues(definition.connection, settings);
      if (definition) indexed.push({ definition, registered });
      else log('information', 'host', `The '${name}' function is disabled.`);
    } catch (error) {
      log(
        'error',
        'host',
        `The '${name}' function is in error: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return indexed;
}

interface Start {
  readonly appDirectory: string;
  readonly core: Core;
  readonly worker: Worker;
  readonly log: HostLog;
  readonly hostOptions: HostOptions;
  readonly settings: Settings;
  readonly lockSeconds: number;
}

function startQueue(
  definition: QueueFunction,
  registered: RegisteredFunction,
  { core, worker, log, hostOptions, settings, lockSeconds }: Start,
  onPoison: (queueName: string) => void,
): QueueListener {
  const service = connectQueues(definition.connection, settings);
  const poisonName = poisonQueueName(definition.queueName);
  return startQueueListener({
    queue: service.getQueueClient(definition.queueName),
    poisonQueue: poisonName === null ? null : service.getQueueClient(poisonName),
    options: hostOptions.queues,
    lockSeconds,
    invoke: (message, body) =>
      worker.run(definition.name, async () => {
        const input = toTriggerInput(definition.bindingName, definition.dataType, message, body);
        await invokeFunction(core, registered, input, log);
      }),
    warn: (message) => log('warning', definition.name, message),
    onPoison,
  });
}

function startTimer(
  definition: TimerFunction,
  registered: RegisteredFunction,
  { appDirectory, core, worker, log }: Start,
): Promise<Listener> {
  const { name, bindingName, schedule, runOnStartup } = definition;
  const monitored = definition.useMonitor && !occursWithinMinute(schedule, Date.now());
  return startTimerListener({
    bindingName,
    schedule,
    runOnStartup,
    statusFile: monitored ? scheduleStatusFile(appDirectory, name) : null,
    invoke: (input: TriggerInput) => worker.run(name, () => invokeFunction(core, registered, input, log)),
    warn: (message) => log('error', name, message),
  });
}

async function stopListeners(listeners: readonly Listener[], drainMs: number, log: HostLog): Promise<void> {
  for (const listener of listeners) listener.stop();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), drainMs);
  });
  const drained = Promise.all(listeners.map((listener) => listener.drained()));
  if ((await Promise.race([drained, late])) === 'late') {
    const left = listeners.reduce((sum, listener) => sum + listener.running(), 0);
    log(
      'warning',
      'host',
      `${left} invocations did not finish in ${drainMs / 1000} s; their messages come back when their locks end`,
    );
  }
  clearTimeout(timer);
}

function describe(definition: IndexedFunction): string {
  return definition.kind === 'timer'
    ? `${definition.name} (timer)`
    : `${definition.name} (queue ${definition.queueName})`;
}
