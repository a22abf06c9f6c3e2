import { type Cron, parseCron } from './cron.ts';
import { parseInterval } from './interval.ts';
import { ScheduleError } from './scheduleError.ts';
import { meaningOf, type TimeZone, timeZone, wallTimeAt } from './timeZone.ts';
import { timeZoneProblem } from './timeZoneName.ts';
import { nextWallTime, type WallTime } from './wallTime.ts';

export { ScheduleError };

/** Beyond the year 9999 a timestamp needs a sign, which PostgreSQL and most others do not read. */
const LAST_INSTANT = Date.UTC(9999, 11, 31);

/** When something occurs: parse it once, ask it often. */
export type Schedule = CronSchedule | IntervalSchedule;

/** A cron expression on the clocks of a zone. */
interface CronSchedule {
  readonly kind: 'cron';
  readonly cron: Cron;
  readonly zone: TimeZone;
}

/** The multiples of an interval since 1970-01-01T00:00Z, so that no restart and no deployment moves them. */
interface IntervalSchedule {
  readonly kind: 'interval';
  readonly everyMs: number;
}

/**
 * Reads a cron expression as Vixie cron does, for the clocks of an IANA time zone, or `@every` and an interval.
 *
 * Where clocks are changed, an expression whose hour begins with `*` (by Vixie's rule also with a step, as in
 * every second hour) goes by elapsed time: both passes of a doubled hour run, and the hour left out is not there.
 * Every other goes by the wall clock: what a gap leaves out runs once, when the gap ends, however many times it
 * held; a time that exists twice runs at the first.
 *
 * `@every 90s` occurs at the multiples of 90 seconds since 1970-01-01T00:00Z, whatever the zone's clocks show.
 *
 * @throws {ScheduleError} naming the field and its value; also for an expression that never matches
 */
export function parseSchedule(text: string, timeZoneName: string): Schedule {
  const problem = timeZoneProblem(timeZoneName);
  if (problem !== null) throw new ScheduleError(problem);
  const interval = /^\s*@every(?:\s+(.*?))?\s*$/i.exec(text);
  if (interval) return { kind: 'interval', everyMs: parseInterval(interval[1] ?? '') };
  const cron = parseCron(text);
  // Every 400 years are alike, so any start will do.
  if (nextWallTime(cron, 0) === null) {
    throw new ScheduleError(`"${text}" never comes: no month it names has such a day.`);
  }
  return { kind: 'cron', cron, zone: timeZone(timeZoneName) };
}

/** The instants of a schedule after `afterMs` up to and with `untilMs`, in epoch milliseconds, ascending. */
export function* occurrences(schedule: Schedule, afterMs: number, untilMs: number): Generator<number, void> {
  if (afterMs >= LAST_INSTANT) return;
  for (const instant of instantsAfter(schedule, afterMs)) {
    if (instant > untilMs) return;
    yield instant;
  }
}

function instantsAfter(schedule: Schedule, afterMs: number): Generator<number, void> {
  if (schedule.kind === 'interval') return multiples(schedule.everyMs, afterMs);
  return schedule.cron.everyHour ? byElapsedTime(schedule, afterMs) : byWallClock(schedule, afterMs);
}

export function isOccurrence(schedule: Schedule, instantMs: number): boolean {
  return nextOccurrence(schedule, instantMs - 1) === instantMs;
}

/** The first instant after `afterMs`; null if there is none before the year 10000. */
export function nextOccurrence(schedule: Schedule, afterMs: number): number | null {
  const { value } = occurrences(schedule, afterMs, LAST_INSTANT).next();
  return value ?? null;
}

function* multiples(everyMs: number, afterMs: number): Generator<number, void> {
  for (let n = Math.floor(afterMs / everyMs) + 1; n * everyMs < LAST_INSTANT; n += 1) yield n * everyMs;
}

/** Within a stretch of one offset, wall clock and elapsed time are the same but for that offset. */
function* byElapsedTime({ cron, zone }: CronSchedule, afterMs: number): Generator<number, void> {
  let segment = zone.segmentAt(afterMs + 1);
  let wall = nextWallTime(cron, afterMs + segment.offset);
  while (wall !== null && wall <= LAST_INSTANT) {
    const instant = wall - segment.offset;
    if (instant < segment.end) {
      yield instant;
      wall = nextWallTime(cron, wall);
    } else {
      const next = zone.segmentAt(segment.end);
      if (next.offset !== segment.offset) wall = nextWallTime(cron, segment.end - 1 + next.offset);
      segment = next;
    }
  }
}

function* byWallClock({ cron, zone }: CronSchedule, afterMs: number): Generator<number, void> {
  let after = afterMs;
  let wall: WallTime | null = nextWallTime(cron, wallTimeAt(zone, afterMs));
  while (wall !== null && wall < LAST_INSTANT) {
    const meaning = meaningOf(zone, wall);
    const instant = meaning.kind === 'never' ? meaning.gapEnd : meaning.instant;
    // Asked within a second pass, the walk meets times whose turn was in the first.
    if (instant > after) {
      yield instant;
      after = instant;
    }
    wall = nextWallTime(cron, meaning.kind === 'never' ? meaning.wallAfterGap : wall);
  }
}
