import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TriggerInput } from '../../../local/functionsHost/invocation.ts';
import type { Listener } from '../../../local/functionsHost/listener.ts';
import { parseNcrontab } from '../../../local/functionsHost/ncrontab.ts';
import type { ScheduleStatus } from '../../../local/functionsHost/scheduleMonitor.ts';
import type { ScheduleStatusFile } from '../../../local/functionsHost/scheduleStatusFile.ts';
import { startTimerListener, type TimerOptions } from '../../../local/functionsHost/timerListener.ts';

const every5Minutes = parseNcrontab('0 */5 * * * *');
const at = (time: string) => Date.parse(`2026-03-01T${time}Z`);

beforeEach(() => {
  vi.useFakeTimers({ now: at('12:01:00') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Holds what would be in the file. */
function keptStatus(status: ScheduleStatus | null): ScheduleStatusFile & { status: ScheduleStatus | null } {
  return {
    status,
    read() {
      return Promise.resolve(this.status);
    },
    write(next) {
      this.status = next;
      return Promise.resolve();
    },
  };
}

async function start(options: Partial<TimerOptions> = {}) {
  const calls: { at: string; timer: Record<string, unknown> }[] = [];
  const warnings: string[] = [];
  const listener: Listener = await startTimerListener({
    bindingName: 'timer',
    schedule: every5Minutes,
    runOnStartup: false,
    statusFile: null,
    warn: (message) => warnings.push(message),
    ...options,
    invoke: async (input) => {
      calls.push({ at: new Date().toISOString().slice(11, 19), timer: readTimer(input) });
      await options.invoke?.(input);
    },
  });
  return { listener, calls, warnings, times: () => calls.map((call) => call.at) };
}

function readTimer(input: TriggerInput): Record<string, unknown> {
  const data = input.inputData[0]?.data;
  return JSON.parse(data && 'json' in data ? data.json : '');
}

const pass = (minutes: number) => vi.advanceTimersByTimeAsync(minutes * 60_000);

describe('occurrences', () => {
  test('the function is invoked at each, and not after stop', async () => {
    const { listener, times } = await start();
    await pass(10);
    listener.stop();
    await pass(10);
    expect(times()).toEqual(['12:05:00', '12:10:00']);
  });

  test('an invocation that fails is said, and the next one comes', async () => {
    const { listener, times, warnings } = await start({
      invoke: async () => {
        throw new Error('no database');
      },
    });
    await pass(10);
    listener.stop();
    expect(times()).toHaveLength(2);
    expect(warnings).toEqual(['failed: no database', 'failed: no database']);
  });

  test('one that outlasts the next occurrence is followed by it at once, and by no more of those it missed', async () => {
    const { listener, times } = await start({
      invoke: () => new Promise((resolve) => setTimeout(resolve, 12 * 60_000)),
    });
    await pass(30);
    listener.stop();
    // Begun 12:05, next 12:10, done 12:17: begins at once. Next 12:20 (from 12:17), done 12:29.
    expect(times()).toEqual(['12:05:00', '12:17:00', '12:29:00']);
  });

  test('a wait longer than setTimeout can hold ends at its time', async () => {
    const { listener, calls } = await start({ schedule: parseNcrontab('0 0 0 1 5 *') });
    await vi.advanceTimersByTimeAsync(Date.parse('2026-05-01T00:00:00Z') - Date.now() - 1);
    expect(calls).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(1);
    listener.stop();
  });

  test('drained waits for the invocation under way', async () => {
    const { listener } = await start({ invoke: () => new Promise((resolve) => setTimeout(resolve, 60_000)) });
    await pass(4.5);
    listener.stop();
    expect(listener.running()).toBe(1);
    let drained = false;
    const draining = listener.drained().then(() => {
      drained = true;
    });
    await pass(0.1);
    expect(drained).toBe(false);
    await pass(1);
    await draining;
    expect(listener.running()).toBe(0);
  });
});

describe('the start', () => {
  test('runOnStartup invokes once at once, not past due', async () => {
    const { listener, calls, times } = await start({ runOnStartup: true });
    await pass(5);
    listener.stop();
    expect(times()).toEqual(['12:01:00', '12:05:00']);
    expect(calls[0]?.timer['IsPastDue']).toBe(false);
  });

  test('occurrences missed while no host ran make one invocation, past due', async () => {
    const statusFile = keptStatus({
      last: at('11:30:00'),
      next: at('11:35:00'),
      lastUpdated: at('11:30:00'),
    });
    const { listener, calls, times } = await start({ statusFile });
    await pass(5);
    listener.stop();
    expect(times()).toEqual(['12:01:00', '12:05:00']);
    expect(calls.map((call) => call.timer['IsPastDue'])).toEqual([true, false]);
    expect(calls[0]?.timer['ScheduleStatus']).toEqual({
      Last: '2026-03-01T11:30:00+00:00',
      Next: '2026-03-01T11:35:00+00:00',
      LastUpdated: '2026-03-01T11:30:00+00:00',
    });
  });

  test('past due and runOnStartup together make one invocation', async () => {
    const statusFile = keptStatus({ last: null, next: at('11:35:00'), lastUpdated: at('11:31:00') });
    const { listener, times } = await start({ statusFile, runOnStartup: true });
    await pass(1);
    listener.stop();
    expect(times()).toEqual(['12:01:00']);
  });

  test('a first start keeps the next occurrence, so that it cannot be missed unseen', async () => {
    const statusFile = keptStatus(null);
    const { listener, calls } = await start({ statusFile });
    expect(statusFile.status).toEqual({ last: null, next: at('12:05:00'), lastUpdated: at('12:01:00') });
    await pass(4);
    listener.stop();
    expect(calls[0]?.timer['ScheduleStatus']).toMatchObject({ Last: '0001-01-01T00:00:00+00:00' });
    expect(statusFile.status).toEqual({
      last: at('12:05:00'),
      next: at('12:10:00'),
      lastUpdated: at('12:05:00'),
    });
  });

  test('without a monitor the function sees no status', async () => {
    const { listener, calls } = await start();
    await pass(4);
    listener.stop();
    expect(calls[0]?.timer).toEqual({
      Schedule: { AdjustForDST: true },
      ScheduleStatus: null,
      IsPastDue: false,
    });
  });

  test('a status that cannot be kept is said, and the timer runs', async () => {
    const statusFile = { ...keptStatus(null), write: () => Promise.reject(new Error('EACCES')) };
    const { listener, times, warnings } = await start({ statusFile });
    await pass(4);
    listener.stop();
    expect(times()).toEqual(['12:05:00']);
    expect(warnings[0]).toContain('EACCES');
  });
});
