import type { TypedData } from './core.ts';
import type { TriggerInput } from './invocation.ts';
import type { Listener } from './listener.ts';
import type { TimerSchedule } from './ncrontab.ts';
import { netDate } from './netDate.ts';
import { checkPastDue, type ScheduleStatus, statusAfter } from './scheduleMonitor.ts';
import type { ScheduleStatusFile } from './scheduleStatusFile.ts';

/** setTimeout holds no more than 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 24 * 24 * 3_600_000;

export interface TimerOptions {
  readonly bindingName: string;
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  /** Null: the timer keeps no status (useMonitor is off, or it occurs more than once a minute). */
  readonly statusFile: ScheduleStatusFile | null;
  readonly invoke: (input: TriggerInput) => Promise<void>;
  readonly warn: (message: string) => void;
}

/**
 * Invokes a function at its schedule's occurrences, one after another, as TimerListener.cs does: at the start at
 * once when an occurrence was missed (isPastDue) or runOnStartup asks for it; an invocation that takes longer than
 * to the next occurrence is followed by that one at once.
 */
export async function startTimerListener(timer: TimerOptions): Promise<Listener> {
  const { schedule, statusFile } = timer;
  const now = Date.now();
  const check = checkPastDue((await statusFile?.read()) ?? null, schedule, now);
  let status = check.status;
  await keep(status);
  let startup: 'pastDue' | 'runOnStartup' | null = null;
  if (check.isPastDue) startup = 'pastDue';
  else if (timer.runOnStartup) startup = 'runOnStartup';

  let stopped = false;
  let timeout: NodeJS.Timeout | undefined;
  let invocation: Promise<void> | null = null;

  async function keep(kept: ScheduleStatus): Promise<void> {
    try {
      await statusFile?.write(kept);
    } catch (error) {
      timer.warn(`the timer's status was not kept: ${String(error)}`);
    }
  }

  const wait = () => {
    if (stopped) return;
    const delayMs = startup ? 0 : Math.max(status.next - Date.now(), 0);
    timeout =
      delayMs > LONGEST_WAIT_MS
        ? setTimeout(wait, LONGEST_WAIT_MS)
        : setTimeout(() => {
            invocation = fire().finally(() => {
              invocation = null;
              wait();
            });
          }, delayMs);
  };

  const fire = async () => {
    const invokedMs = Date.now();
    const reason = startup;
    startup = null;
    try {
      await timer.invoke(toTimerInput(timer.bindingName, statusFile ? status : null, reason === 'pastDue'));
    } catch (error) {
      timer.warn(`failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    status = statusAfter(invokedMs, status, schedule, reason !== null);
    await keep(status);
  };

  wait();
  return {
    stop() {
      stopped = true;
      clearTimeout(timeout);
    },
    async drained() {
      await invocation;
    },
    running: () => (invocation ? 1 : 0),
  };
}

/** TimerInfo as the real host serialises it; the library turns its names into camel case. */
export function toTimerInput(
  bindingName: string,
  status: ScheduleStatus | null,
  isPastDue: boolean,
): TriggerInput {
  const data: TypedData = {
    json: JSON.stringify({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: status && {
        Last: timerDate(status.last),
        Next: timerDate(status.next),
        LastUpdated: timerDate(status.lastUpdated),
      },
      IsPastDue: isPastDue,
    }),
  };
  return { inputData: [{ name: bindingName, data }], triggerMetadata: {} };
}

/** .NET's default date stands for "never yet". */
function timerDate(ms: number | null): string {
  return ms === null ? '0001-01-01T00:00:00+00:00' : netDate(new Date(ms));
}
