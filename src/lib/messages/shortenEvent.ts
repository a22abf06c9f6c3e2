import { cutText } from './cutText.ts';
import type { NightshiftEvent } from './event.ts';
import type { MessageProblem } from './problem.ts';
import type { QueryData } from './queryData.ts';
import type { ErrorData } from './resultData.ts';
import type { AlarmData, RunData } from './runData.ts';

/** How much of an event's prose and lists is kept. */
export interface Measure {
  /** Of each text, as JSON in UTF-8. */
  readonly textBytes: number;
  /** Of each list but the rows. */
  readonly items: number;
  /** False leaves columns and rows out. */
  readonly columns: boolean;
}

/** The event with long texts and lists cut; ids and names stay whole. */
export function shortenEvent<E extends NightshiftEvent>(event: E, measure: Measure): E {
  return { ...event, data: shortenData(event.data, measure) };
}

function shortenData<D extends RunData | QueryData | AlarmData>(data: D, measure: Measure): D {
  const text = (long: string) => cutText(long, measure.textBytes);
  const reason = data.reason === undefined ? {} : { reason: text(data.reason) };
  if (!('rows' in data)) return { ...data, ...reason };

  const cutError = <T extends ErrorData>(error: T): T => ({
    ...error,
    message: text(error.message),
    detail: error.detail === null ? null : text(error.detail),
    hint: error.hint === null ? null : text(error.hint),
  });
  const { statements, columns, rows, error, problems } = data;
  const errors = 'errors' in data ? data.errors : undefined;
  return {
    ...data,
    ...reason,
    // The last ones tell how it ended.
    statements: statements.slice(-measure.items),
    columns: measure.columns ? columns : [],
    rows: measure.columns ? rows : [],
    truncated:
      data.truncated || statements.length > measure.items || (!measure.columns && columns.length > 0),
    error: error === null ? null : cutError(error),
    ...(errors === undefined ? {} : { errors: errors.slice(-measure.items).map(cutError) }),
    ...(problems === undefined ? {} : { problems: shortenProblems(problems, measure.items, text) }),
  };
}

function shortenProblems(
  problems: readonly MessageProblem[],
  items: number,
  text: (long: string) => string,
): MessageProblem[] {
  const kept = problems
    .slice(0, items)
    .map(({ path, message }) => ({ path: text(path), message: text(message) }));
  const more = problems.length - kept.length;
  return more === 0 ? kept : [...kept, { path: '', message: `There are ${more} more problems.` }];
}
