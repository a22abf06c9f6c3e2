import type { Cron, DaysOfMonth, Weekdays } from './cron.ts';

/** A date of the proleptic Gregorian calendar; month and day start at 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * Whether the expression runs on the day (its month is not looked at). Vixie's rule: restricted both by day of
 * month and by weekday, either is enough; otherwise both must match, and an unrestricted `*` always does.
 */
export function runsOnDay(cron: Cron, at: CalendarDay): boolean {
  const weekday = weekdayOf(at);
  if (cron.days.restricted && cron.weekdays.restricted) {
    return matchesDayOfMonth(cron.days, at, weekday) || matchesWeekday(cron.weekdays, at, weekday);
  }
  return matchesDayOfMonth(cron.days, at, weekday) && matchesWeekday(cron.weekdays, at, weekday);
}

function matchesDayOfMonth(days: DaysOfMonth, at: CalendarDay, weekday: number): boolean {
  if (days.numbers.includes(at.day)) return true;
  if (days.last && at.day === daysInMonth(at.year, at.month)) return true;
  if (days.lastWeekday && at.day === nearestWeekday({ ...at, day: daysInMonth(at.year, at.month) }))
    return true;
  const isWorkday = weekday >= 1 && weekday <= 5;
  return isWorkday && days.nearestWeekdayTo.some((day) => nearestWeekday({ ...at, day }) === at.day);
}

function matchesWeekday(weekdays: Weekdays, at: CalendarDay, weekday: number): boolean {
  if (weekdays.numbers.includes(weekday)) return true;
  if (weekdays.last.includes(weekday) && at.day + 7 > daysInMonth(at.year, at.month)) return true;
  const n = Math.ceil(at.day / 7);
  return weekdays.nth.some((nth) => nth.weekday === weekday && nth.n === n);
}

/** The day of the month that is nearest and Monday to Friday; null where the month has no such day at all. */
function nearestWeekday(at: CalendarDay): number | null {
  const length = daysInMonth(at.year, at.month);
  if (at.day > length) return null;
  const weekday = weekdayOf(at);
  // Saturday goes back to Friday and Sunday on to Monday, but never out of the month.
  if (weekday === 6) return at.day === 1 ? 3 : at.day - 1;
  if (weekday === 0) return at.day === length ? at.day - 2 : at.day + 1;
  return at.day;
}

export function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 0 is Sunday. */
const weekdayOf = ({ year, month, day }: CalendarDay) => new Date(Date.UTC(year, month - 1, day)).getUTCDay();
