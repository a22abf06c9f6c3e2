import { cut, pad, widthOf } from './cut.ts';
import type { Colors } from './output.ts';
import { visible } from './visible.ts';

export interface TableColumn {
  readonly name: string;
  readonly align?: 'left' | 'right';
  /** Cut last, and never below its whole width as long as others can give: what is copied from the table. */
  readonly keep?: boolean;
}

export interface TableCell {
  readonly text: string;
  /** Applied after the text is made harmless and has its width. */
  readonly paint?: (text: string) => string;
}

export interface TableStyle {
  /** Columns of the terminal; null cuts nothing. */
  readonly width: number | null;
  readonly colors: Colors;
}

const GAP = '  ';
/** A column narrower than this tells nothing: rows become records then, a line for each value. */
const LEAST = 6;

/**
 * A table that fits the terminal: the widest columns are cut, and where even that does not help each row becomes a
 * record. Cells are shown with their control characters escaped. Time is linear in the cells.
 *
 * @returns lines without a line feed at the end
 */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (TableCell | string)[])[],
  style: TableStyle,
): string {
  const head = columns.map((column) => visible(column.name));
  const cells = rows.map((row) => row.map(toCell));
  const natural = columns.map((_, i) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[i]?.text ?? '')), widthOf(head[i] ?? '')),
  );
  const widths = style.width === null ? natural : fitWidths(natural, columns, style.width);
  if (widths === null) return renderRecords(head, cells, style);

  const line = (texts: readonly TableCell[]) =>
    texts
      .map(({ text, paint = same }, i) => {
        const width = widths[i] ?? 0;
        const isLast = i === texts.length - 1;
        const align = columns[i]?.align ?? 'left';
        const shown = cut(text, width);
        return paint(isLast && align === 'left' ? shown : pad(shown, width, align));
      })
      .join(GAP)
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join(GAP);
  const header = line(head.map((text) => ({ text, paint: style.colors.bold })));
  return [header, style.colors.dim(rule), ...cells.map(line)].join('\n');
}

/** One row, or one thing with many properties: a line for each value. Only the values are cut. */
export function renderRecord(
  entries: readonly (readonly [string, TableCell | string])[],
  style: TableStyle,
): string {
  const names = entries.map(([name]) => visible(name));
  const nameWidth = Math.min(
    names.reduce((most, name) => Math.max(most, widthOf(name)), 0),
    NAME_WIDTH,
  );
  return entries
    .map(([, value], i) => {
      const { text, paint = same } = toCell(value);
      const room = style.width === null ? Number.POSITIVE_INFINITY : Math.max(style.width - nameWidth - 2, 1);
      const name = pad(cut(names[i] ?? '', nameWidth), nameWidth, 'left');
      return `${style.colors.dim(name)}${GAP}${paint(cut(text, room))}`.trimEnd();
    })
    .join('\n');
}

const NAME_WIDTH = 24;

function renderRecords(head: readonly string[], cells: readonly TableCell[][], style: TableStyle): string {
  const narrow = { ...style, width: style.width };
  const nameWidth = Math.max(Math.floor((style.width ?? 0) / 3), 1);
  return cells
    .map((row) =>
      renderRecord(
        row.map((cell, i) => [cut(head[i] ?? '', nameWidth), cell]),
        narrow,
      ),
    )
    .join(`\n${style.colors.dim('─'.repeat(Math.min(style.width ?? 1, 20)))}\n`);
}

/** Takes from the widest columns, those to be kept last; null where some would get too narrow to be read. */
function fitWidths(
  natural: readonly number[],
  columns: readonly TableColumn[],
  terminal: number,
): number[] | null {
  const room = terminal - GAP.length * (natural.length - 1);
  const kept = natural.reduce((sum, width, i) => sum + (columns[i]?.keep ? width : 0), 0);
  const flexible = natural.map((width, i) => (columns[i]?.keep ? 0 : width));
  const cap = capFor(flexible, room - kept);
  if (cap >= LEAST) return natural.map((width, i) => (columns[i]?.keep ? width : Math.min(width, cap)));
  const capForAll = capFor(natural, room);
  return capForAll >= LEAST ? natural.map((width) => Math.min(width, capForAll)) : null;
}

/** The largest width that, as a limit for each, makes them fit the room. */
function capFor(widths: readonly number[], room: number): number {
  let left = room;
  let count = widths.length;
  for (const width of widths.toSorted((a, b) => a - b)) {
    if (width * count > left) return Math.floor(left / count);
    left -= width;
    count--;
  }
  return Number.POSITIVE_INFINITY;
}

const toCell = (cell: TableCell | string): TableCell =>
  typeof cell === 'string' ? { text: visible(cell) } : { ...cell, text: visible(cell.text) };

const same = (text: string) => text;
