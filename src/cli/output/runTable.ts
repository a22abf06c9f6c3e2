import { isOpen, type RunRow, reasonOf } from '../ledger/runRow.ts';
import type { Colors, Output } from './output.ts';
import { renderTable, type TableCell } from './table.ts';
import { durationText, timeText } from './time.ts';

/** Runs as people read them; instants are the viewer's. @param nowMs for how long a run has been running */
export function runTable(runs: readonly RunRow[], output: Output, nowMs: number): string {
  const databases = new Set(runs.map(({ database }) => database)).size > 1;
  const columns = [
    { name: 'state', keep: true },
    { name: 'job', keep: true },
    ...(databases ? [{ name: 'database' }] : []),
    { name: 'scheduled for' },
    { name: 'started' },
    { name: 'took', align: 'right' as const, keep: true },
    { name: 'try', align: 'right' as const, keep: true },
    { name: 'run' },
    { name: 'why' },
  ];
  const rows = runs.map((run) => [
    stateCell(run.state, output.colors),
    run.job,
    ...(databases ? [run.database] : []),
    run.scheduledFor === null ? '' : timeText(new Date(run.scheduledFor)),
    run.startedAt === null ? '' : timeText(new Date(run.startedAt)),
    tookText(run, nowMs),
    run.startedAt === null && run.state !== 'waiting' ? '' : String(run.attempt),
    run.runId,
    reasonOf(run) ?? '',
  ]);
  return renderTable(columns, rows, { width: output.width, colors: output.colors });
}

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
