import { resolveBindingExpression, type Settings } from './bindingExpression.ts';
import type { Binding, FunctionMetadata } from './core.ts';
import { parseNcrontab, type TimerSchedule } from './ncrontab.ts';

export type IndexedFunction = QueueFunction | TimerFunction;

export interface QueueFunction {
  readonly kind: 'queue';
  readonly name: string;
  readonly bindingName: string;
  readonly queueName: string;
  readonly connection: string | undefined;
  readonly dataType: unknown;
}

export interface TimerFunction {
  readonly kind: 'timer';
  readonly name: string;
  readonly bindingName: string;
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata */
const QUEUE_NAME = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * Reads what a function registered: its trigger, with app settings put in.
 *
 * Only queue and timer triggers, and no other bindings: the apps that this host is for send with the SDK, and a
 * binding that is silently not carried out would be worse than none.
 *
 * @returns null when the setting AzureWebJobs.<name>.Disabled turns the function off
 * @throws Error that says why the function cannot be indexed
 */
export function indexFunction(
  { name, bindings, retryOptions }: FunctionMetadata,
  settings: Settings,
): IndexedFunction | null {
  if (/^(true|1)$/i.test(settings[`AzureWebJobs.${name}.Disabled`] ?? '')) return null;
  const [trigger, ...others] = Object.entries(bindings);
  if (!trigger) throw new Error('it has no trigger');
  const other = others[0];
  if (other) {
    throw new Error(
      `the local functions host carries out no input or output binding: remove "${other[0]}" (${String(other[1]['type'])})`,
    );
  }
  const [bindingName, binding] = trigger;
  switch (String(binding['type']).toLowerCase()) {
    case 'queuetrigger':
      return queueFunction(name, bindingName, binding, settings);
    case 'timertrigger':
      // Queue triggers have none in the real host either.
      if (retryOptions) throw new Error('the local functions host carries out no retry policy');
      return timerFunction(name, bindingName, binding, settings);
    default:
      throw new Error(
        `the local functions host knows queue and timer triggers, not "${String(binding['type'])}"`,
      );
  }
}

function queueFunction(
  name: string,
  bindingName: string,
  binding: Binding,
  settings: Settings,
): QueueFunction {
  // The real host lowers the name's case before it checks it.
  const queueName = resolveBindingExpression(textOption(binding, 'queueName'), settings).toLowerCase();
  if (!QUEUE_NAME.test(queueName)) {
    throw new Error(`"${queueName}" is not a queue name: 3 to 63 letters, digits and single dashes`);
  }
  const connection = binding['connection'] === undefined ? undefined : textOption(binding, 'connection');
  return { kind: 'queue', name, bindingName, queueName, connection, dataType: binding['dataType'] };
}

function timerFunction(
  name: string,
  bindingName: string,
  binding: Binding,
  settings: Settings,
): TimerFunction {
  return {
    kind: 'timer',
    name,
    bindingName,
    schedule: parseNcrontab(resolveBindingExpression(textOption(binding, 'schedule'), settings)),
    runOnStartup: binding['runOnStartup'] === true,
    useMonitor: binding['useMonitor'] !== false,
  };
}

function textOption(binding: Binding, option: string): string {
  const value = binding[option];
  if (typeof value !== 'string') throw new Error(`its trigger's ${option} must be a string`);
  return value;
}

/** The poison queue's name; null for a poison queue itself, or where the name would be too long. */
export function poisonQueueName(queueName: string): string | null {
  const name = `${queueName}-poison`;
  return queueName.endsWith('-poison') || !QUEUE_NAME.test(name) ? null : name;
}
