import type { Job } from './job.ts';
import { nextOccurrence, occurrences, parseSchedule, type Schedule } from './schedule.ts';

/** A job with its schedules parsed: made once, asked at every tick. */
export interface ScheduledJob {
  readonly name: string;
  readonly schedules: readonly Schedule[];
}

/** What a tick goes by; instants in epoch milliseconds, all by the one clock of the home database. */
export interface Tick {
  readonly now: number;
  /** How far beyond `now` to plan: further than the next tick, so that a late tick delays nothing. */
  readonly lookAheadMs: number;
  /** An occurrence this much before `now` is late. */
  readonly graceMs: number;
  /** The most occurrences of one job to plan in one tick, after a long standstill; at least 1. */
  readonly mostPerJob: number;
}

export interface DueOccurrence {
  readonly scheduledFor: number;
  /** More than the grace ago: whether to run it still is the catch-up policy's to say. */
  readonly late: boolean;
}

export interface JobPlan {
  readonly job: string;
  /** Ascending and unique, however many of the job's schedules share one. */
  readonly occurrences: readonly DueOccurrence[];
  /** Up to here, inclusive, everything is planned: the next watermark. */
  readonly watermark: number;
  /** There were more than `mostPerJob`; the next tick goes on from the watermark. */
  readonly capped: boolean;
  /** The first occurrence after the watermark; infinite if there is none. */
  readonly next: number;
  /** The watermark as it was, where a clock that jumped back had left it in the future; else null. */
  readonly clampedFrom: number | null;
}

/** By job name, from the tick before: nothing occurs in (watermark, next). */
export type Upcoming = ReadonlyMap<string, Pick<JobPlan, 'watermark' | 'next'>>;

/** The jobs of a catalog that have a schedule; those that have the same share it. */
export function scheduledJobs(jobs: readonly Job[]): ScheduledJob[] {
  const parsed = new Map<string, Schedule>();
  const parse = (text: string, timeZone: string) => {
    const key = `${timeZone} ${text}`;
    const schedule = parsed.get(key) ?? parseSchedule(text, timeZone);
    parsed.set(key, schedule);
    return schedule;
  };
  return jobs
    .filter((job) => job.schedules.length > 0)
    .map(({ name, schedules, timeZone }) => ({
      name,
      schedules: schedules.map((text) => parse(text, timeZone)),
    }));
}

/**
 * What to enqueue now: for each job its occurrences after its watermark, up to and with now + lookAhead.
 * A job without a watermark is new and is planned from now on. A watermark beyond the horizon is not believed:
 * the job is planned from now again, which is harmless, as an occurrence's run id is always the same.
 *
 * @param watermarks by job name, epoch milliseconds
 * @param upcoming what `upcomingOf` made of the last plan of these jobs: of those whose time has not come, nothing is
 *   computed
 */
export function plan(
  jobs: readonly ScheduledJob[],
  watermarks: ReadonlyMap<string, number>,
  tick: Tick,
  upcoming: Upcoming = new Map(),
): JobPlan[] {
  return jobs.map((job) => planJob(job, watermarks.get(job.name) ?? tick.now, tick, upcoming));
}

export function upcomingOf(plans: readonly JobPlan[]): Upcoming {
  return new Map(plans.map(({ job, watermark, next }) => [job, { watermark, next }]));
}

function planJob(job: ScheduledJob, watermark: number, tick: Tick, upcoming: Upcoming): JobPlan {
  const horizon = tick.now + tick.lookAheadMs;
  const isClamped = watermark > horizon;
  const from = isClamped ? tick.now : watermark;
  const known = upcoming.get(job.name);
  const isKnown = known !== undefined && known.watermark <= from && from < known.next;
  const found: DueOccurrence[] = [];
  let capped = false;
  let next = isKnown ? known.next : Number.NEGATIVE_INFINITY;
  if (next <= horizon) {
    next = Number.POSITIVE_INFINITY;
    for (const scheduledFor of occurrencesOfJob(job, from, next)) {
      capped = found.length === tick.mostPerJob && scheduledFor <= horizon;
      if (capped || scheduledFor > horizon) {
        next = scheduledFor;
        break;
      }
      found.push({ scheduledFor, late: scheduledFor < tick.now - tick.graceMs });
    }
  }
  return {
    job: job.name,
    occurrences: found,
    watermark: capped ? (found.at(-1)?.scheduledFor ?? from) : horizon,
    capped,
    next,
    clampedFrom: isClamped ? watermark : null,
  };
}

/** The instants of all of a job's schedules after `afterMs` up to and with `untilMs`, ascending and unique. */
export function* occurrencesOfJob(
  { schedules }: ScheduledJob,
  afterMs: number,
  untilMs: number,
): Generator<number, void> {
  const [only, ...others] = schedules;
  if (only !== undefined && others.length === 0) {
    yield* occurrences(only, afterMs, untilMs);
    return;
  }
  const next = schedules.map((schedule) => nextOccurrence(schedule, afterMs));
  for (;;) {
    const first = Math.min(...next.map((instant) => instant ?? Number.POSITIVE_INFINITY));
    if (first > untilMs) return;
    yield first;
    schedules.forEach((schedule, index) => {
      if (next[index] === first) next[index] = nextOccurrence(schedule, first);
    });
  }
}
