/** A time in which a zone's clocks stood `offset` milliseconds ahead of UTC: [start, end). */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

const HOUR_MS = 3_600_000;

/** By looking at the zone's clock each hour, and each second of an hour in which it was changed. */
export function clockStretches(zone: string, from: number, until: number): Stretch[] {
  const shown = wallClock(zone);
  const offsetAt = (instant: number) => shown(instant) - instant;
  const stretches: Stretch[] = [];
  let start = from;
  let offset = offsetAt(from);
  for (let hour = from; hour < until; hour += HOUR_MS) {
    if (offsetAt(hour + HOUR_MS) === offset) continue;
    for (let second = hour + 1000; second <= hour + HOUR_MS; second += 1000) {
      const now = offsetAt(second);
      if (now === offset) continue;
      stretches.push({ start, end: second, offset });
      start = second;
      offset = now;
    }
  }
  stretches.push({ start, end: until, offset });
  return stretches;
}

/** Date and time as the clock shows them, read as if they were UTC. */
function wallClock(zone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = format
      .format(instant)
      .split(/\D+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}
