import { problemText } from '../../lib/messages/problem.ts';
import type { OutcomeEvent } from '../ledger/outcomeEvent.ts';
import { outcomeOf } from '../ledger/outcomeEvent.ts';
import { alignmentOf, cellText } from './cellText.ts';
import { csvLine } from './csv.ts';
import type { Output } from './output.ts';
import { stateCell } from './runTable.ts';
import { renderTable } from './table.ts';
import { durationText } from './time.ts';
import { visible, visibleLines } from './visible.ts';

/** How a run or query ended: its rows as a table on standard output, all else as talk. */
export function showOutcome(event: OutcomeEvent, output: Output): void {
  const { data } = event;
  if (data.columns.length > 0) {
    const style = { width: output.width, colors: output.colors };
    const columns = data.columns.map(({ name, type }) => ({ name, align: alignmentOf(type) }));
    const rows = rowsOf(event).map((row) =>
      row.map((value) => {
        const text = cellText(value);
        return text === null ? { text: 'NULL', paint: output.colors.dim } : { text };
      }),
    );
    output.print(renderTable(columns, rows, style));
  }
  tellOutcome(event, output);
}

/** The rows as CSV, a line at a time, on standard output; the outcome as talk. */
export function showCsv(event: OutcomeEvent, output: Output): void {
  if (event.data.columns.length > 0) {
    output.print(csvLine(event.data.columns.map(({ name }) => name)));
    for (const row of rowsOf(event)) output.print(csvLine(row.map(cellText)));
  }
  tellOutcome(event, output);
}

function tellOutcome(event: OutcomeEvent, output: Output): void {
  const { data } = event;
  const { talkColors } = output;
  const outcome = stateCell(outcomeOf(event), talkColors);
  const state = outcome.paint?.(outcome.text) ?? outcome.text;
  const facts = [
    ...statementTexts(event),
    ...(data.columns.length > 0 ? [countText(data.rows.length, 'row')] : []),
    ...(data.startedAt && data.finishedAt
      ? [`in ${durationText(Date.parse(data.finishedAt) - Date.parse(data.startedAt))}`]
      : []),
    ...('attempt' in data && data.attempt > 1 ? [`attempt ${data.attempt}`] : []),
  ];
  output.say([state, ...facts].join(', '));
  if (data.truncated) {
    output.say(
      talkColors.yellow(
        'The result was cut: it does not fit a queue message. Ask for fewer rows or columns.',
      ),
    );
  }
  const { error, reason, problems = [] } = data;
  if (error) {
    const place =
      error.file === null
        ? ''
        : `${error.file}${error.line === null ? '' : `:${error.line}:${error.column}`}: `;
    const code = error.sqlState === null ? '' : ` (SQLSTATE ${error.sqlState})`;
    output.complain(visible(`${place}${error.message}${code}`));
    if (error.detail) output.complain(`  detail: ${visibleLines(error.detail)}`);
    if (error.hint) output.complain(`  hint: ${visibleLines(error.hint)}`);
  }
  if (reason) output.complain(visible(reason));
  for (const problem of problems) output.complain(`  ${visible(problemText(problem))}`);
}

/** What each statement did, if there is something to tell: `INSERT 1,200`. */
function statementTexts({ data }: OutcomeEvent): string[] {
  const told = data.statements.filter(({ rowCount, command }) => rowCount !== null && command !== 'SELECT');
  const shown = told.slice(0, MOST_STATEMENTS).map(({ command, rowCount }) => `${command} ${rowCount}`);
  return told.length > MOST_STATEMENTS
    ? [...shown, `${told.length - MOST_STATEMENTS} more statements`]
    : shown;
}

const MOST_STATEMENTS = 5;

const rowsOf = ({ data }: OutcomeEvent) =>
  // On the way in they are arrays; only the sender makes JSON text of them.
  data.rows.filter((row) => Array.isArray(row));

const countText = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
