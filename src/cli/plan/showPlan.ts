import type { Output } from '../output/output.ts';
import { renderTable } from '../output/table.ts';
import { durationText, timeText } from '../output/time.ts';
import { type PlanRow, remarks } from './planRow.ts';

/** @param zone whose clocks the viewer goes by */
export function planTable(rows: readonly PlanRow[], zone: string, { width, colors }: Output): string {
  const columns = [
    { name: `in ${zone}`, keep: true, cell: ({ at }: PlanRow) => timeText(at, zone) },
    { name: 'job', keep: true, cell: ({ job }: PlanRow) => job.name },
    {
      name: "in the job's time zone",
      cell: ({ at, job }: PlanRow) =>
        job.timeZone === zone || job.after.length > 0
          ? ''
          : `${timeText(at, job.timeZone)} ${offsetText(at, job.timeZone)} ${job.timeZone}`,
    },
    {
      name: 'database',
      cell: ({ runs }: PlanRow) => {
        const names = runs.map(({ database }) => database).join(', ');
        return names === 'main' ? '' : names;
      },
    },
    { name: 'takes', align: 'right' as const, keep: true, cell: takesText },
    { name: 'note', cell: (row: PlanRow) => remarks(row, zone).join('; ') },
  ];
  const told = columns
    .map(({ cell, ...column }) => ({ column, cells: rows.map(cell) }))
    .filter(({ cells }) => cells.some((text) => text !== ''));
  return renderTable(
    told.map(({ column }) => column),
    rows.map((_, i) => told.map(({ cells }) => cells[i] ?? '')),
    { width, colors },
  );
}

/** Of several databases the one that takes longest. */
function takesText({ runs }: PlanRow): string {
  const known = runs.flatMap(({ durationMs }) => durationMs ?? []);
  return known.length === 0 ? '' : durationText(Math.max(...known));
}

/** `+02:00`: it tells the passes of a doubled hour apart. */
function offsetText(at: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', '') || '+00:00';
}

/** A line of `plan --json`. */
export function planJson({ job, at, runs, pause, clocks }: PlanRow): string {
  return JSON.stringify({
    job: job.name,
    at: new Date(at).toISOString(),
    timeZone: job.timeZone,
    after: job.after,
    paused: pause === undefined ? null : pause !== null,
    clocks,
    databases: runs.map(({ database, startMs, durationMs, overlapsUntilMs }) => ({
      database,
      expectedStart: new Date(startMs).toISOString(),
      expectedMs: durationMs === null ? null : Math.round(durationMs),
      overlapsUntil: overlapsUntilMs === null ? null : new Date(overlapsUntilMs).toISOString(),
      overlap: overlapsUntilMs === null ? null : job.overlap,
    })),
  });
}
