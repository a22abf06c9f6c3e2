import { type CronField, parseCronField } from './cronField.ts';
import { ScheduleError } from './scheduleError.ts';

/** A cron expression as sets of wall-clock numbers, each ascending. */
export interface Cron {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly days: DaysOfMonth;
  readonly weekdays: Weekdays;
  /** The hour field begins with `*`, so the schedule goes by elapsed time where the clock is changed. */
  readonly everyHour: boolean;
}

export interface DaysOfMonth {
  /** Vixie's rule: a field that begins with `*` is not restricted, even if a step follows. */
  readonly restricted: boolean;
  readonly numbers: readonly number[];
  /** `L`: the month's last day. */
  readonly last: boolean;
  /** `LW`: the month's last weekday, Monday to Friday. */
  readonly lastWeekday: boolean;
  /** `15W`: the weekday nearest to the day, within its month. */
  readonly nearestWeekdayTo: readonly number[];
}

export interface Weekdays {
  readonly restricted: boolean;
  /** 0 is Sunday. */
  readonly numbers: readonly number[];
  /** `5L`: the month's last Friday. */
  readonly last: readonly number[];
  /** `5#2`: the month's second Friday. */
  readonly nth: readonly { readonly weekday: number; readonly n: number }[];
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const WEEKDAYS = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const SECOND: CronField = { name: 'second', min: 0, max: 59 };
const MINUTE: CronField = { name: 'minute', min: 0, max: 59 };
const HOUR: CronField = { name: 'hour', min: 0, max: 23 };
const DAY: CronField = { name: 'day of month', min: 1, max: 31 };
const MONTH: CronField = { name: 'month', min: 1, max: 12, names: MONTHS };
const WEEKDAY: CronField = { name: 'weekday', min: 0, max: 7, names: WEEKDAYS };

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/**
 * Reads five fields (minute, hour, day of month, month, weekday), six (second first), or a nickname such as
 * `@daily`.
 * @throws {ScheduleError} naming the field and the value
 */
export function parseCron(text: string): Cron {
  const fields = splitFields(text);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  return {
    seconds: readSeconds(second),
    minutes: readMinutes(minute),
    hours: readHours(hour),
    months: readMonths(month),
    days: readDays(day),
    weekdays: readWeekdays(weekday),
    everyHour: hour.startsWith('*'),
  };
}

const readSeconds = once((text) => parseCronField(SECOND, text));
const readMinutes = once((text) => parseCronField(MINUTE, text));
const readHours = once((text) => parseCronField(HOUR, text));
const readMonths = once((text) => parseCronField(MONTH, text));
const readDays = once(parseDays);
const readWeekdays = once(parseWeekdays);

/** Thousands of jobs are read when a function starts, and their fields are few: `*`, `0`, `MON-FRI`. */
function once<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const value = known.get(text) ?? read(text);
    known.set(text, value);
    return value;
  };
}

/** Always six fields; without one for seconds, they start on the minute. */
function splitFields(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith('@')) {
    const nickname = trimmed.toLowerCase();
    const meaning = Object.hasOwn(NICKNAMES, nickname) ? NICKNAMES[nickname] : undefined;
    if (!meaning) throw new ScheduleError(`"${trimmed}" is none of ${Object.keys(NICKNAMES).join(', ')}.`);
    return `0 ${meaning}`.split(' ');
  }
  const fields = trimmed.split(/\s+/).filter((field) => field !== '');
  if (fields.length === 5) return ['0', ...fields];
  if (fields.length === 6) return fields;
  throw new ScheduleError(
    `"${trimmed}" has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}: expected five ` +
      '(minute, hour, day of month, month, weekday), or six with seconds first.',
  );
}

function parseDays(text: string): DaysOfMonth {
  let last = false;
  let lastWeekday = false;
  const nearestWeekdayTo: number[] = [];
  const numbers = parseCronField(DAY, text, (item, number) => {
    if (/^L$/i.test(item)) last = true;
    else if (/^LW$/i.test(item)) lastWeekday = true;
    else if (/^\d+W$/i.test(item)) nearestWeekdayTo.push(number(item.slice(0, -1)));
    else return false;
    return true;
  });
  return { restricted: !text.startsWith('*'), numbers, last, lastWeekday, nearestWeekdayTo };
}

function parseWeekdays(text: string): Weekdays {
  const last: number[] = [];
  const nth: { weekday: number; n: number }[] = [];
  const numbers = parseCronField(WEEKDAY, text, (item, number) => {
    const [, weekday = '', n] = /^([a-z]{3}|\d)(?:L|#([1-5]))$/i.exec(item) ?? [];
    if (weekday === '') return false;
    if (n === undefined) last.push(number(weekday) % 7);
    else nth.push({ weekday: number(weekday) % 7, n: Number(n) });
    return true;
  });
  const sundayIsZero = [...new Set(numbers.map((weekday) => weekday % 7))];
  return { restricted: !text.startsWith('*'), numbers: sundayIsZero, last, nth };
}
