import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';

const DAY_MS = 86_400_000;

/**
 * All wall times in [from, until) that an expression of six fields names, ascending, as if they were UTC. What the
 * fields mean other libraries say: cron-parser, and croner for the days of L, W and #. Their rules for both kinds of
 * days together are not Vixie's, so these are put together here.
 */
export function wallTimes(text: string, from: number, until: number): number[] {
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = text.split(' ');
  const { fields } = CronExpressionParser.parse(`${second} ${minute} ${hour} * ${month} *`);
  const timesOfDay = fields.hour.values.flatMap((h) =>
    fields.minute.values.flatMap((m) =>
      fields.second.values.map((s) => ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000),
    ),
  );
  const months = new Set(fields.month.values.map(Number));
  const onDay = daysOf(day, '*', from, until);
  const onWeekday = daysOf('*', weekday, from, until);
  const eitherIsEnough = !day.startsWith('*') && !weekday.startsWith('*');
  const days: number[] = [];
  for (let midnight = Math.floor(from / DAY_MS) * DAY_MS; midnight < until; midnight += DAY_MS) {
    if (!months.has(new Date(midnight).getUTCMonth() + 1)) continue;
    const [byDay, byWeekday] = [onDay(midnight), onWeekday(midnight)];
    if (eitherIsEnough ? byDay || byWeekday : byDay && byWeekday) days.push(midnight);
  }
  return days
    .flatMap((midnight) => timesOfDay.map((time) => midnight + time))
    .filter((wall) => wall >= from && wall < until)
    .sort((a, b) => a - b);
}

/** Which days one of the two fields names; the other is `*`. */
function daysOf(day: string, weekday: string, from: number, until: number): (midnight: number) => boolean {
  if (/[LW#]/.test(day + weekday)) {
    const cron = new Cron(`0 0 0 ${day} * ${weekday}`, { timezone: 'UTC' });
    const days = new Set<number>();
    let next = cron.nextRun(new Date(from - DAY_MS - 1));
    while (next !== null && next.getTime() < until) {
      days.add(next.getTime());
      next = cron.nextRun(next);
    }
    return (midnight) => days.has(midnight);
  }
  const { fields } = CronExpressionParser.parse(`0 0 ${day} * ${weekday}`);
  const days = new Set(fields.dayOfMonth.values.map(Number));
  const weekdays = new Set(fields.dayOfWeek.values.map(Number));
  return (midnight) => {
    const at = new Date(midnight);
    return days.has(at.getUTCDate()) && weekdays.has(at.getUTCDay());
  };
}
