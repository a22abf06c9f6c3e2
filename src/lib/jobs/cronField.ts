import { didYouMean } from '../didYouMean.ts';
import { ScheduleError } from './scheduleError.ts';

export interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Three-letter names for the numbers from `min` up, where the field has them. */
  readonly names?: readonly string[];
}

/** One item of a field's list that is not a plain number, range or step, such as `15W` or `FRI#2`. */
export type ReadSpecial = (item: string, number: (text: string) => number) => boolean;

/**
 * The values of one cron field, ascending: `*`, numbers, names, ranges, steps and lists of these.
 * `special` is asked first and takes what only its field knows.
 * @throws {ScheduleError} naming the field and the item
 */
export function parseCronField(field: CronField, text: string, special: ReadSpecial = () => false): number[] {
  const items = text.split(',').filter((item) => !special(item, (number) => readNumber(field, item, number)));
  return [...new Set(items.flatMap((item) => parseItem(field, item)))].sort((a, b) => a - b);
}

function parseItem(field: CronField, item: string): number[] {
  const slash = item.indexOf('/');
  const step = slash < 0 ? undefined : item.slice(slash + 1);
  const [from, to] = parseRange(field, item, slash < 0 ? item : item.slice(0, slash), step);
  const by = step === undefined ? 1 : parseStep(field, item, step);
  const values: number[] = [];
  for (let value = from; value <= to; value += by) values.push(value);
  return values;
}

function parseRange(field: CronField, item: string, range: string, step: string | undefined) {
  if (range === '*') return [field.min, field.max] as const;
  const [, first = range, last] = (range.includes('-') && /^([^-]+)-(.+)$/.exec(range)) || [];
  const from = readNumber(field, item, first);
  if (last === undefined) {
    // Cron implementations disagree about 5/15: a value, or from 5 on. Nothing is guessed.
    if (step !== undefined)
      throw bad(field, item, `a step follows * or a range: ${first}-${field.max}/${step}.`);
    return [from, from] as const;
  }
  // A week's range may end with its Sunday, by name as well as by number: FRI-SUN is 5-7.
  const to = last.toUpperCase() === 'SUN' ? 7 : readNumber(field, item, last);
  if (from > to) {
    throw bad(
      field,
      item,
      `a range goes upwards: ${first}-${field.max},${field.min}-${last} goes around the end.`,
    );
  }
  return [from, to] as const;
}

function parseStep(field: CronField, item: string, step: string): number {
  const most = field.max - field.min;
  const by = /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (by < 1 || by > most) throw bad(field, item, `a step is a number from 1 to ${most}.`);
  return by;
}

function readNumber(field: CronField, item: string, text: string): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return field.min + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  const names = field.names ? ` or ${field.names[0]} to ${field.names.at(-1)}` : '';
  if (text === '?') throw bad(field, item, 'here * stands for any value.');
  const hint = /[a-z]/i.test(text) ? didYouMean(text, field.names ?? []) : '';
  throw bad(field, item, `expected ${field.min} to ${field.max}${names}.${hint}`);
}

function bad(field: CronField, item: string, reason: string): ScheduleError {
  return new ScheduleError(`${field.name} ${item === '' ? 'is empty' : `"${item}"`}: ${reason}`);
}
