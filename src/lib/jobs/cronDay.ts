import type { Cron, DaysOfMonth, Weekdays } from './cron.ts';

/** A date of the proleptic Gregorian calendar; month and day start at 1, and weekday 0 is Sunday. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
}

/**
 * Whether the expression runs on the day (its month is not looked at). Vixie's rule: restricted both by day of
 * month and by weekday, either is enough; otherwise both must match, and an unrestricted `*` always does.
 */
export function runsOnDay(cron: Cron, at: CalendarDay): boolean {
  if (cron.days.restricted && cron.weekdays.restricted) {
    return matchesDayOfMonth(cron.days, at) || matchesWeekday(cron.weekdays, at);
  }
  return matchesDayOfMonth(cron.days, at) && matchesWeekday(cron.weekdays, at);
}

function matchesDayOfMonth(days: DaysOfMonth, at: CalendarDay): boolean {
  if (days.numbers.includes(at.day)) return true;
  if (days.last && at.day === daysInMonth(at.year, at.month)) return true;
  if (at.weekday === 0 || at.weekday === 6) return false;
  if (days.lastWeekday && at.day === nearestWeekday(daysInMonth(at.year, at.month), at)) return true;
  return days.nearestWeekdayTo.some((day) => nearestWeekday(day, at) === at.day);
}

function matchesWeekday(weekdays: Weekdays, at: CalendarDay): boolean {
  if (weekdays.numbers.includes(at.weekday)) return true;
  if (weekdays.last.includes(at.weekday) && at.day + 7 > daysInMonth(at.year, at.month)) return true;
  const n = Math.ceil(at.day / 7);
  return weekdays.nth.some((nth) => nth.weekday === at.weekday && nth.n === n);
}

/** The day from Monday to Friday that is nearest to the day, in the month of `at`; null where it has no such day. */
function nearestWeekday(day: number, at: CalendarDay): number | null {
  const length = daysInMonth(at.year, at.month);
  if (day > length) return null;
  const weekday = (((at.weekday + day - at.day) % 7) + 7) % 7;
  // Saturday goes back to Friday and Sunday on to Monday, but never out of the month.
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === length ? day - 2 : day + 1;
  return day;
}

export function daysInMonth(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
