import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';
import type { WallTime } from './wallTime.ts';

/** A stretch of time in which a zone's clocks stand `offset` milliseconds ahead of UTC: [start, end). */
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

const zones = new Map<string, TimeZone>();

/** @param name an IANA name that `timeZoneProblem` has accepted */
export function timeZone(name: string): TimeZone {
  const known = zones.get(name);
  if (known) return known;
  const segments: OffsetSegment[] = [];
  const zone: TimeZone = {
    segmentAt(instantMs) {
      const kept = segments.find(({ start, end }) => start <= instantMs && instantMs < end);
      if (kept) return kept;
      const found = findSegment(name, instantMs);
      segments.unshift(found);
      return found;
    },
  };
  zones.set(name, zone);
  return zone;
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
  if (segment.end === Number.POSITIVE_INFINITY) return { kind: 'once', instant };
  const second = wall - zone.segmentAt(segment.end).offset;
  return second >= segment.end ? { kind: 'twice', instant, second } : { kind: 'once', instant };
}

function findSegment(name: string, instantMs: number): OffsetSegment {
  const at = ZonedDateTime.create(BigInt(instantMs) * 1_000_000n, name);
  // "previous" is strictly before, and a segment holds its own first instant. Clocks change on whole seconds.
  const afterAt = ZonedDateTime.addMilliseconds(at, 1);
  const start = ZonedDateTime.getTimeZoneTransition(afterAt, 'previous');
  const end = ZonedDateTime.getTimeZoneTransition(at, 'next');
  return {
    start: start === null ? Number.NEGATIVE_INFINITY : epochMs(start),
    end: end === null ? Number.POSITIVE_INFINITY : epochMs(end),
    offset: ZonedDateTime.offsetNanoseconds(at) / 1_000_000,
  };
}

const epochMs = (at: ReturnType<typeof ZonedDateTime.create>) => Number(at.epochNanoseconds / 1_000_000n);
