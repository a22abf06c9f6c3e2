import { isOpen, type RunRow, reasonOf } from '../ledger/runRow.ts';
import type { Colors, Output } from './output.ts';
import { renderTable, type TableCell, type TableColumn } from './table.ts';
import { durationText, timeText } from './time.ts';

/** Runs as people read them; instants are the viewer's. @param nowMs for how long a run has been running */
export function runTable(runs: readonly RunRow[], output: Output, nowMs: number): string {
  const severalDatabases = new Set(runs.map(({ database }) => database)).size > 1;
  const columns: readonly RunColumn[] = [
    { name: 'state', keep: true, cell: ({ state }) => stateCell(state, output.colors) },
    { name: 'job', keep: true, cell: ({ job }) => ({ text: job }) },
    { name: 'database', cell: ({ database }) => ({ text: severalDatabases ? database : '' }) },
    { name: 'scheduled for', cell: ({ scheduledFor }) => ({ text: timeOrNothing(scheduledFor) }) },
    { name: 'started', cell: ({ startedAt }) => ({ text: timeOrNothing(startedAt) }) },
    { name: 'took', align: 'right', keep: true, cell: (run) => ({ text: tookText(run, nowMs) }) },
    { name: 'try', align: 'right', keep: true, cell: (run) => ({ text: attemptText(run) }) },
    { name: 'run', cell: ({ runId }) => ({ text: runId }) },
    { name: 'why', cell: (run) => ({ text: reasonOf(run) ?? '' }) },
  ];
  const told = columns
    .map(({ cell, ...column }) => ({ column, cells: runs.map(cell) }))
    .filter(({ cells }) => cells.some(({ text }) => text !== ''));
  return renderTable(
    told.map(({ column }) => column),
    runs.map((_, i) => told.map(({ cells }) => cells[i] ?? '')),
    { width: output.width, colors: output.colors },
  );
}

/** Left out where it has nothing to tell. */
interface RunColumn extends TableColumn {
  cell(run: RunRow): TableCell;
}

const timeOrNothing = (instant: string | null) => (instant === null ? '' : timeText(new Date(instant)));

const attemptText = ({ startedAt, state, attempt }: RunRow) =>
  startedAt === null && state !== 'waiting' ? '' : String(attempt);

export function stateCell(state: string, colors: Colors): TableCell {
  switch (state) {
    case 'succeeded':
      return { text: state, paint: colors.green };
    case 'failed':
    case 'deadlettered':
    case 'rejected':
      return { text: state, paint: colors.red };
    case 'running':
      return { text: state, paint: colors.cyan };
    default:
      return { text: state, paint: colors.yellow };
  }
}

function tookText(run: RunRow, nowMs: number): string {
  if (run.startedAt === null || run.state === 'waiting') return '';
  const end = run.finishedAt === null && isOpen(run) ? nowMs : Date.parse(run.finishedAt ?? run.startedAt);
  return durationText(Math.max(end - Date.parse(run.startedAt), 0));
}
