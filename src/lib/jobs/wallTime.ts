import type { Cron } from './cron.ts';
import { daysInMonth, runsOnDay } from './cronDay.ts';

/**
 * A wall-clock time as the milliseconds that UTC would have with the same year, month, ..., second. This makes
 * calendar arithmetic plain numbers; only timeZone.ts knows which instant a wall time is.
 */
export type WallTime = number;

const DAY_MS = 86_400_000;

/** The Gregorian calendar repeats, weekdays included, every 400 years: what is not there then, never is. */
const SEARCH_YEARS = 400;

/** The first wall time after `after` that the expression matches; null if there never is one. */
export function nextWallTime(cron: Cron, after: WallTime): WallTime | null {
  const midnight = Math.floor(after / DAY_MS) * DAY_MS;
  if (runsOn(cron, midnight)) {
    const timeOfDay = nextTimeOfDay(cron, after - midnight);
    if (timeOfDay !== null) return midnight + timeOfDay;
  }
  const day = nextDay(cron, midnight + DAY_MS);
  return day === null ? null : day + firstTimeOfDay(cron);
}

function runsOn(cron: Cron, midnight: WallTime): boolean {
  const date = new Date(midnight);
  const month = date.getUTCMonth() + 1;
  if (!cron.months.includes(month)) return false;
  return runsOnDay(cron, {
    year: date.getUTCFullYear(),
    month,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  });
}

function nextDay(cron: Cron, from: WallTime): WallTime | null {
  const start = new Date(from);
  let day = start.getUTCDate();
  let midnight = from;
  const firstMonth = start.getUTCFullYear() * 12 + start.getUTCMonth();
  for (let index = firstMonth; index <= firstMonth + SEARCH_YEARS * 12; index += 1) {
    const year = Math.floor(index / 12);
    const month = (index % 12) + 1;
    const length = daysInMonth(year, month);
    if (cron.months.includes(month)) {
      for (; day <= length; day += 1) {
        if (runsOnDay(cron, { year, month, day, weekday: weekdayOf(midnight) })) return midnight;
        midnight += DAY_MS;
      }
    } else {
      midnight += (length - day + 1) * DAY_MS;
    }
    day = 1;
  }
  return null;
}

/** 1 January 1970 was a Thursday, and 0 is Sunday. */
const weekdayOf = (midnight: WallTime) => (((midnight / DAY_MS + 4) % 7) + 7) % 7;

const firstTimeOfDay = ({ hours, minutes, seconds }: Cron) =>
  (hours[0] ?? 0) * 3_600_000 + (minutes[0] ?? 0) * 60_000 + (seconds[0] ?? 0) * 1000;

/** The first time of day after `after`, both in milliseconds since midnight; null if the day has no other. */
function nextTimeOfDay(cron: Cron, after: number): number | null {
  // The search is for the first whole second from here on.
  const from = Math.floor(after / 1000) + 1;
  const hour = Math.floor(from / 3600);
  const minute = Math.floor(from / 60) % 60;
  const second = from % 60;
  const minuteInHour = (least: number) => cron.minutes.find((value) => value >= least);
  const time = (h: number, m: number, s: number) => ((h * 60 + m) * 60 + s) * 1000;
  const firstSecond = cron.seconds[0] ?? 0;

  if (cron.hours.includes(hour)) {
    const secondInMinute = cron.minutes.includes(minute) && cron.seconds.find((value) => value >= second);
    if (typeof secondInMinute === 'number') return time(hour, minute, secondInMinute);
    const laterMinute = minuteInHour(minute + 1);
    if (laterMinute !== undefined) return time(hour, laterMinute, firstSecond);
  }
  const laterHour = cron.hours.find((value) => value > hour);
  return laterHour === undefined ? null : time(laterHour, cron.minutes[0] ?? 0, firstSecond);
}
