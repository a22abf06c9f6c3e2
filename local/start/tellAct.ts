import { Temporal } from 'temporal-polyfill';
import { colors } from './colors.ts';
import type { OutcomeEvent } from './outcomeEvent.ts';
import type { Act } from './show.ts';

/** What came of a message, in lines for people. */
export function tellAct({ queue, message, sentAt, event }: Act): string[] {
  const sent = `${time(sentAt)}  ${message}  ${colors.dim(`-> ${queue}`)}`;
  if (event === null) {
    return [
      sent,
      colors.red('              No event came back in time. .nightshift/host.log says what the app did.'),
    ];
  }
  const at = Temporal.Instant.from(event.time);
  const paint = event.type.endsWith('.succeeded') ? colors.green : colors.red;
  const seconds = at.since(sentAt).total('seconds').toFixed(2);
  return [
    sent,
    `${time(at)}  ${paint(event.type)}  ${colors.dim(`after ${seconds} s`)}`,
    ...details(event).map((line) => `              ${line}`),
  ];
}

const time = (instant: Temporal.Instant) =>
  instant.toZonedDateTimeISO(Temporal.Now.timeZoneId()).toPlainTime().toString({ fractionalSecondDigits: 3 });

function details({ data }: OutcomeEvent): string[] {
  if (data.error !== null) return [data.error.message, data.error.hint].filter((line) => line !== null);
  if (data.reason !== undefined) {
    return [data.reason, ...(data.problems ?? []).map(({ path, message }) => `${path} ${message}`.trim())];
  }
  const statements = data.statements.map(({ command, rowCount }) => `${command} ${rowCount ?? ''}`.trim());
  const rows = data.rows.map((row) => row.map(String));
  return [statements.join(', '), ...table([data.columns.map(({ name }) => name), ...rows])];
}

/** Columns side by side, their names dim. */
function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  return rows.map((row, index) => (index === 0 ? colors.dim(line(row)) : line(row)));
}
