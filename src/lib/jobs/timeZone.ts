import { readOffset } from './timeZoneOffset.ts';
import type { WallTime } from './wallTime.ts';

/**
 * A stretch of time in which a zone's clocks stand `offset` milliseconds ahead of UTC: [start, end). The next may have
 * the same offset, as stretches are found piece by piece.
 */
export interface OffsetSegment {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** A zone asked for its segments; what it once found out it keeps. */
export interface TimeZone {
  segmentAt(instantMs: number): OffsetSegment;
}

/** What a wall time is on the zone's clocks: once, twice (the clock was set back) or never (set forward). */
export type WallTimeMeaning =
  | { readonly kind: 'once'; readonly instant: number }
  | { readonly kind: 'twice'; readonly instant: number; readonly second: number }
  | { readonly kind: 'never'; readonly gapEnd: number; readonly wallAfterGap: WallTime };

/** No zone is or was further from UTC than this. */
const FURTHEST_OFFSET_MS = 16 * 3_600_000;

const DAY_MS = 86_400_000;

/**
 * Clocks are looked at once in so long, and a change between two looks is searched for. In all of the tz database,
 * 1900 to 2100, no two changes are closer than four days (Africa/Freetown, 1939).
 */
const LOOK_EVERY_MS = 2 * DAY_MS;

/** What is found at once: a fraction of a millisecond's work. */
const PIECE_MS = 64 * LOOK_EVERY_MS;

const zones = new Map<string, TimeZone>();

/** @param name an IANA name that `timeZoneProblem` has accepted */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known) return known;
  const zone = makeTimeZone(name);
  zones.set(name, zone);
  return zone;
}

function makeTimeZone(name: string): TimeZone {
  const offsetAt = readOffset(name);
  const pieces = new Map<number, readonly OffsetSegment[]>();
  return {
    segmentAt(instantMs) {
      const index = Math.floor(instantMs / PIECE_MS);
      let piece = pieces.get(index);
      if (piece === undefined) {
        piece = findSegments(offsetAt, index * PIECE_MS, (index + 1) * PIECE_MS);
        pieces.set(index, piece);
      }
      const segment = piece.find(({ end }) => instantMs < end);
      if (segment === undefined) throw new RangeError(`${instantMs} is no instant.`);
      return segment;
    },
  };
}

/** The segments of [from, to), ascending. */
function findSegments(offsetAt: (instantMs: number) => number, from: number, to: number): OffsetSegment[] {
  const segments: OffsetSegment[] = [];
  let start = from;
  let offset = offsetAt(from);
  for (let look = from + LOOK_EVERY_MS; look <= to; look += LOOK_EVERY_MS) {
    const next = offsetAt(look);
    if (next === offset) continue;
    const end = findChange(offsetAt, look - LOOK_EVERY_MS, look);
    segments.push({ start, end, offset });
    start = end;
    offset = next;
  }
  if (start < to) segments.push({ start, end: to, offset });
  return segments;
}

/** The first instant that has the offset of `late` and not that of `early`: clocks change on whole seconds. */
function findChange(offsetAt: (instantMs: number) => number, early: number, late: number): number {
  const before = offsetAt(early);
  let same = early / 1000;
  let changed = late / 1000;
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(middle * 1000) === before) same = middle;
    else changed = middle;
  }
  return changed * 1000;
}

/** What the zone's clocks show at an instant. */
export function wallTimeAt(zone: TimeZone, instantMs: number): WallTime {
  return instantMs + zone.segmentAt(instantMs).offset;
}

export function meaningOf(zone: TimeZone, wall: WallTime): WallTimeMeaning {
  let segment = zone.segmentAt(wall - FURTHEST_OFFSET_MS);
  while (wall - segment.offset >= segment.end) segment = zone.segmentAt(segment.end);
  const instant = wall - segment.offset;
  // Too late for the segment before and too early for this one: the clock was set forward past it.
  if (instant < segment.start) {
    return { kind: 'never', gapEnd: segment.start, wallAfterGap: segment.start + segment.offset };
  }
  const second = wall - zone.segmentAt(segment.end).offset;
  return second >= segment.end ? { kind: 'twice', instant, second } : { kind: 'once', instant };
}
