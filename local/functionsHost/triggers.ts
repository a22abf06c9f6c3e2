import type { Settings } from './bindingExpression.ts';
import { connectQueues } from './connection.ts';
import type { Core, RegisteredFunction } from './core.ts';
import { indexFunction, poisonQueueName, type QueueFunction, type TimerFunction } from './functionIndex.ts';
import type { QueueOptions } from './hostJson.ts';
import type { HostLog } from './hostLog.ts';
import { invokeFunction, type TriggerInput } from './invocation.ts';
import type { Listener } from './listener.ts';
import { occursWithinMinute } from './ncrontab.ts';
import { startQueueListener } from './queueListener.ts';
import { toTriggerInput } from './queueMessage.ts';
import { scheduleStatusFile } from './scheduleStatusFile.ts';
import { startTimerListener } from './timerListener.ts';
import type { Worker } from './worker.ts';

/** A function whose trigger is understood and can be started. */
export interface Trigger {
  /** As the ready line shows it: "runJob (queue nightshift-jobs)". */
  readonly description: string;
  /** Begins to invoke the function. */
  start(): Promise<Listener> | Listener;
}

export interface TriggerContext {
  readonly appDirectory: string;
  readonly core: Core;
  readonly worker: Worker;
  readonly log: HostLog;
  readonly queueOptions: QueueOptions;
  readonly settings: Settings;
  readonly lockSeconds: number;
  /** Called when a message was put into this poison queue. */
  readonly onPoison: (queueName: string) => void;
}

/** The triggers of all functions that can run; of the others it says why not, as the real host does. */
export function indexTriggers(context: TriggerContext): Trigger[] {
  const { core, settings, log } = context;
  const triggers: Trigger[] = [];
  for (const registered of core.functions.values()) {
    const { name } = registered.metadata;
    try {
      const definition = indexFunction(registered.metadata, settings);
      if (definition?.kind === 'queue') triggers.push(queueTrigger(definition, registered, context));
      else if (definition?.kind === 'timer') triggers.push(timerTrigger(definition, registered, context));
      else log('information', 'host', `The '${name}' function is disabled.`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log('error', 'host', `The '${name}' function is in error: ${reason}`);
    }
  }
  return triggers;
}

function queueTrigger(
  { name, bindingName, queueName, connection, dataType }: QueueFunction,
  registered: RegisteredFunction,
  { core, worker, log, queueOptions, settings, lockSeconds, onPoison }: TriggerContext,
): Trigger {
  const service = connectQueues(connection, settings);
  const poisonName = poisonQueueName(queueName);
  return {
    description: `${name} (queue ${queueName})`,
    start: () =>
      startQueueListener({
        queue: service.getQueueClient(queueName),
        poisonQueue: poisonName === null ? null : service.getQueueClient(poisonName),
        options: queueOptions,
        lockSeconds,
        invoke: (message, body) =>
          worker.run(name, async () => {
            const input = toTriggerInput(bindingName, dataType, message, body);
            await invokeFunction(core, registered, input, log);
          }),
        warn: (message) => log('warning', name, message),
        onPoison,
      }),
  };
}

function timerTrigger(
  { name, bindingName, schedule, runOnStartup, useMonitor }: TimerFunction,
  registered: RegisteredFunction,
  { appDirectory, core, worker, log }: TriggerContext,
): Trigger {
  return {
    description: `${name} (timer)`,
    start: () =>
      startTimerListener({
        bindingName,
        schedule,
        runOnStartup,
        statusFile:
          useMonitor && !occursWithinMinute(schedule, Date.now())
            ? scheduleStatusFile(appDirectory, name)
            : null,
        invoke: (input: TriggerInput) => worker.run(name, () => invokeFunction(core, registered, input, log)),
        warn: (message) => log('error', name, message),
      }),
  };
}
