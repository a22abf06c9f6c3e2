import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  occurrencesOfJob,
  plan,
  type ScheduledJob,
  scheduledJobs,
  type Tick,
  upcomingOf,
} from '../../src/lib/jobs/due.ts';
import { parseSchedule } from '../../src/lib/jobs/schedule.ts';
import { aJob } from './aJob.ts';

const at = (text: string) => Date.parse(`2026-01-01T${text}Z`);
const job = (name: string, ...schedules: string[]): ScheduledJob => ({
  name,
  schedules: schedules.map((text) => parseSchedule(text, 'UTC')),
});

const tick: Tick = { now: at('12:00'), lookAheadMs: 10 * 60_000, graceMs: 60_000, mostPerJob: 100 };
const planOne = (scheduled: ScheduledJob, watermark: number | null, change: Partial<Tick> = {}) => {
  const watermarks = new Map(watermark === null ? [] : [[scheduled.name, watermark]]);
  const [only] = plan([scheduled], watermarks, { ...tick, ...change });
  return { ...only, times: only?.occurrences.map(({ scheduledFor }) => scheduledFor) };
};

describe('a tick plans each job from its watermark to the horizon', () => {
  test('the watermark itself is done, the horizon is not', () => {
    const planned = planOne(job('a', '*/5 * * * *'), at('12:00'));
    expect(planned.times).toEqual([at('12:05'), at('12:10')]);
    expect(planned.watermark).toBe(at('12:10'));
  });

  test('a new job is planned from now on, not for its past', () => {
    expect(planOne(job('a', '*/5 * * * *'), null).times).toEqual([at('12:05'), at('12:10')]);
  });

  test('a job with nothing due has its watermark moved all the same', () => {
    expect(planOne(job('a', '0 3 * * *'), at('12:00'))).toMatchObject({
      times: [],
      watermark: at('12:10'),
      capped: false,
    });
  });

  test('what is due longer ago than the grace is late', () => {
    const planned = planOne(job('a', '*/5 * * * *'), at('11:50'), { graceMs: 2 * 60_000 });
    expect(planned.occurrences).toEqual([
      { scheduledFor: at('11:55'), late: true },
      { scheduledFor: at('12:00'), late: false },
      { scheduledFor: at('12:05'), late: false },
      { scheduledFor: at('12:10'), late: false },
    ]);
  });

  test('a long standstill is worked off in portions, oldest first', () => {
    const first = planOne(job('a', '* * * * *'), at('01:00'), { mostPerJob: 3 });
    expect(first).toMatchObject({
      times: [at('01:01'), at('01:02'), at('01:03')],
      watermark: at('01:03'),
      capped: true,
    });
    const rest = planOne(job('a', '* * * * *'), at('12:07'), { mostPerJob: 3 });
    expect(rest).toMatchObject({ watermark: at('12:10'), capped: false });
  });

  test('a watermark that a clock left in the future is not believed, and told', () => {
    const planned = planOne(job('a', '*/5 * * * *'), at('18:00'));
    expect(planned).toMatchObject({
      times: [at('12:05'), at('12:10')],
      watermark: at('12:10'),
      clampedFrom: at('18:00'),
    });
    expect(planOne(job('a', '*/5 * * * *'), at('12:10'))).toMatchObject({ times: [], clampedFrom: null });
  });

  test('schedules of one job that meet are one occurrence', () => {
    expect(planOne(job('a', '*/5 * * * *', '*/10 * * * *', '7 12 * * *'), at('12:00')).times).toEqual([
      at('12:05'),
      at('12:07'),
      at('12:10'),
    ]);
  });
});

test('however ticks are cut, together they plan each occurrence once', () => {
  const scheduled = job('a', '*/7 * * * * *', '0 */2 * * * *');
  const all = [...occurrencesOfJob(scheduled, at('12:00'), at('12:10'))];
  const gaps = fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 30 }), (steps, mostPerJob) => {
      const seen: number[] = [];
      let watermark = at('12:00');
      let now = watermark;
      for (let index = 0; watermark < at('12:10'); index += 1) {
        now = Math.min(now + (steps[index % steps.length] ?? 1), at('12:10'));
        const planned = planOne(scheduled, watermark, { now, lookAheadMs: 0, mostPerJob });
        seen.push(...(planned.times ?? []));
        watermark = planned.watermark ?? watermark;
      }
      expect(seen).toEqual(all);
    }),
    { numRuns: 30 },
  );
});

test('what the last tick found out changes no plan, whatever clock and watermarks do meanwhile', () => {
  const jobs = [
    job('often', '*/7 * * * *'),
    job('seldom', '0 13 * * *', '30 3 * * *'),
    job('plain', '@every 17m'),
    job('leap', '0 0 29 2 *'),
  ];
  const step = fc.record({
    minutes: fc.oneof(fc.constant(5), fc.integer({ min: -90, max: 2000 })),
    // A tick that dies leaves the watermarks as they were; another worker's moves them unseen.
    died: fc.boolean(),
    seen: fc.boolean(),
    mostPerJob: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let watermarks = new Map<string, number>();
      let upcoming = upcomingOf([]);
      let now = at('12:00');
      for (const { minutes, died, seen, mostPerJob } of steps) {
        now += minutes * 60_000;
        const plans = plan(jobs, watermarks, { ...tick, now, mostPerJob });
        expect(plan(jobs, watermarks, { ...tick, now, mostPerJob }, upcoming)).toEqual(plans);
        if (seen) upcoming = upcomingOf(plans);
        if (!died) watermarks = new Map(plans.map((planned) => [planned.job, planned.watermark]));
      }
    }),
  );
});

test('jobs without a schedule are not asked', () => {
  const jobs = [
    aJob({ name: 'asked' }),
    aJob({ name: 'nightly', schedules: ['@daily'], timeZone: 'Europe/Berlin' }),
  ];
  expect(scheduledJobs(jobs).map(({ name }) => name)).toEqual(['nightly']);
});
