import {
  isOccurrence,
  nextOccurrence,
  occurrences,
  parseSchedule,
  type Schedule,
  ScheduleError,
} from '../../../src/lib/jobs/schedule.ts';
import type { Stretch } from './clockStretches.ts';
import { wallTimes } from './wallTimes.ts';

const DAY_MS = 86_400_000;

/**
 * Compares what a schedule of six fields makes of a time, (from, until], with what the clocks of its zone and the
 * meaning of its fields make of it by brute force.
 *
 * @param stretches of the zone, from two days before `from` to two days after `until`
 * @returns how many occurrences there were, or in words what differs
 */
export function checkSchedule(
  text: string,
  zone: string,
  stretches: readonly Stretch[],
  from: number,
  until: number,
): number | string {
  const walls = wallTimes(text, from - 2 * DAY_MS, until + 2 * DAY_MS);
  const byElapsedTime = text.split(' ')[2]?.startsWith('*') ?? false;
  const expected = [...new Set(byElapsedTime ? elapsed(walls, stretches) : onTheWall(walls, stretches))]
    .filter((instant) => instant > from && instant <= until)
    .sort((a, b) => a - b);

  const schedule = parsed(text, zone);
  if (schedule === null) return expected.length === 0 ? 0 : `${text} is refused, and occurs`;
  let index = 0;
  for (const instant of occurrences(schedule, from, until)) {
    if (instant !== expected[index]) return differs(text, zone, expected[index], instant);
    index += 1;
  }
  if (index < expected.length) return differs(text, zone, expected[index], undefined);
  return checkSingly(text, zone, schedule, expected, from);
}

/** Null: it is said never to occur. */
function parsed(text: string, zone: string): Schedule | null {
  try {
    return parseSchedule(text, zone);
  } catch (error) {
    if (error instanceof ScheduleError) return null;
    throw error;
  }
}

/** Asked for one at a time, from anywhere, the answers are the same. */
function checkSingly(
  text: string,
  zone: string,
  schedule: Schedule,
  expected: readonly number[],
  from: number,
): number | string {
  const step = Math.max(1, Math.floor(expected.length / 50));
  for (let index = 0; index < expected.length; index += step) {
    const before = expected[index - 1] ?? from;
    const instant = expected[index] ?? 0;
    for (const after of [before, Math.floor((before + instant) / 2), instant - 1]) {
      const next = nextOccurrence(schedule, after);
      if (next !== instant) return differs(text, zone, instant, next ?? undefined);
    }
    if (!isOccurrence(schedule, instant)) return `${text} in ${zone}: ${iso(instant)} is one and is denied`;
    if (before < instant - 1000 && isOccurrence(schedule, instant - 1000)) {
      return `${text} in ${zone}: a second before ${iso(instant)} is none and is claimed`;
    }
  }
  return expected.length;
}

/** Each wall time, as often as the clock shows it. */
function elapsed(walls: readonly number[], stretches: readonly Stretch[]): number[] {
  return stretches.flatMap(({ start, end, offset }) =>
    walls.map((wall) => wall - offset).filter((instant) => start <= instant && instant < end),
  );
}

/** Each wall time when the clock first shows it, or when the gap ends that left it out. */
function onTheWall(walls: readonly number[], stretches: readonly Stretch[]): number[] {
  let first = 0;
  return walls.flatMap((wall) => {
    // Both ascend: what ended a day before is over.
    while ((stretches[first]?.end ?? Number.POSITIVE_INFINITY) < wall - 2 * DAY_MS) first += 1;
    for (const { start, end, offset } of stretches.slice(first, first + 4)) {
      const instant = wall - offset;
      if (instant < start) return start === stretches[0]?.start ? [] : [start];
      if (instant < end) return [instant];
    }
    return [];
  });
}

const iso = (instant: number | undefined) =>
  instant === undefined ? 'none' : new Date(instant).toISOString();

function differs(text: string, zone: string, expected: number | undefined, got: number | undefined): string {
  return `${text} in ${zone}: expected ${iso(expected)}, got ${iso(got)}`;
}
