import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';
import { plan, scheduledJobs, upcomingOf } from '../src/lib/jobs/due.ts';
import { aJob } from '../test/jobs/aJob.ts';
import { type MixedSchedule, mixedSchedules } from './mixedSchedules.ts';

/**
 * What a tick over 10,000 jobs costs, beside other cron libraries that are asked the same in the same run.
 * Of each: reading all schedules, the first tick (nothing known yet), and the ticks after it, one in five minutes.
 */
const JOBS = 10_000;
const TICKS = 36;
/** The others do the same work in each tick, and need longer. */
const TICKS_OF_OTHERS = 3;
const TICK_MS = 5 * 60_000;
const LOOK_AHEAD_MS = 11 * 60_000;
// An afternoon in Berlin, on which clocks stay as they are.
const START = Date.parse('2026-06-03T12:00:00Z');

interface Figures {
  readonly name: string;
  readonly readMs: number;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly occurrences: number;
}

/** Of this thread alone: other processes on the machine do not change it. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** @param read makes of all schedules what a tick asks; answers the occurrences in (after, until] */
function measure(
  name: string,
  ticks: number,
  read: (schedules: readonly MixedSchedule[]) => (after: number, until: number, now: number) => number,
): Figures {
  const schedules = mixedSchedules(JOBS);
  const readAt = processorMs();
  const ask = read(schedules);
  const readMs = processorMs() - readAt;
  const times: number[] = [];
  let occurrences = 0;
  let watermark = START;
  for (let index = 0; index < ticks; index += 1) {
    const now = START + index * TICK_MS;
    const askedAt = processorMs();
    const found = ask(watermark, now + LOOK_AHEAD_MS, now);
    times.push(processorMs() - askedAt);
    if (index < TICKS_OF_OTHERS) occurrences += found;
    watermark = now + LOOK_AHEAD_MS;
  }
  const [firstMs = Number.NaN, ...later] = times;
  const sorted = later.toSorted((a, b) => a - b);
  return {
    name,
    readMs,
    firstMs,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    worstMs: sorted.at(-1) ?? Number.NaN,
    occurrences,
  };
}

const ours = measure('nightshift', TICKS, (schedules) => {
  const jobs = scheduledJobs(
    schedules.map(({ name, schedule, timeZone }) => aJob({ name, schedules: [schedule], timeZone })),
  );
  let upcoming: ReturnType<typeof upcomingOf> = new Map();
  return (after, _until, now) => {
    const watermarks = new Map(jobs.map(({ name }) => [name, after]));
    const tick = { now, lookAheadMs: LOOK_AHEAD_MS, graceMs: 60_000, mostPerJob: 1000 };
    const plans = plan(jobs, watermarks, tick, upcoming);
    upcoming = upcomingOf(plans);
    return plans.reduce((sum, { occurrences }) => sum + occurrences.length, 0);
  };
});

const croner = measure('croner', TICKS_OF_OTHERS, (schedules) => {
  const jobs = schedules.map(({ schedule, timeZone }) => new Cron(schedule, { timezone: timeZone }));
  return (after, until) => {
    let found = 0;
    for (const job of jobs) {
      let next = job.nextRun(new Date(after));
      for (; next !== null && next.getTime() <= until; next = job.nextRun(next)) found += 1;
    }
    return found;
  };
});

const cronParser = measure('cron-parser', TICKS_OF_OTHERS, (schedules) => {
  const jobs = schedules.map(({ schedule, timeZone }) =>
    CronExpressionParser.parse(schedule, { tz: timeZone }),
  );
  return (after, until) => {
    let found = 0;
    for (const job of jobs) {
      job.reset(new Date(after));
      while (job.next().getTime() <= until) found += 1;
    }
    return found;
  };
});

const ms = (value: number) => value.toFixed(value < 10 ? 2 : 0);
const times = (value: number, own: number) => `${(value / own).toFixed(value / own < 10 ? 1 : 0)}x`;

console.log(
  `${JOBS} jobs, a tick each five minutes with eleven minutes of look-ahead; milliseconds of processor time.\n`,
);
console.table(
  [ours, croner, cronParser].map((one) => ({
    library: one.name,
    'read all': ms(one.readMs),
    'first tick': ms(one.firstMs),
    'later ticks, median': ms(one.medianMs),
    'later ticks, worst': ms(one.worstMs),
    'read, to ours': times(one.readMs, ours.readMs),
    'first, to ours': times(one.firstMs, ours.firstMs),
    'median, to ours': times(one.medianMs, ours.medianMs),
    [`occurrences in ${TICKS_OF_OTHERS} ticks`]: one.occurrences,
  })),
);
if (ours.occurrences !== croner.occurrences || ours.occurrences !== cronParser.occurrences) {
  console.error('They do not agree on how many occurrences there are.');
  process.exitCode = 1;
}
if (ours.worstMs > 50) {
  console.error('A tick took more than 50 ms of processor time.');
  process.exitCode = 1;
}
