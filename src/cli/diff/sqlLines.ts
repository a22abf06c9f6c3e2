import { diffLines } from 'diff';
import type { Job } from '../../lib/jobs/job.ts';

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** How many lines of a job's SQL are others, comments included and front matter left out; null if none is. */
export function changedLines(before: Job, after: Job): LineCounts | null {
  const counts = { added: 0, removed: 0 };
  // An editor on Windows changes no line.
  const options = { stripTrailingCr: true, ignoreNewlineAtEof: true };
  for (const { added, removed, count } of diffLines(sqlOf(before), sqlOf(after), options)) {
    if (added) counts.added += count;
    if (removed) counts.removed += count;
  }
  return counts.added + counts.removed === 0 ? null : counts;
}

/** The file without its front matter, which stands before the first statement. */
function sqlOf({ sql, statements }: Job): string {
  const top = sql.slice(0, statements[0]?.start ?? sql.length);
  const [open, close] = [...top.matchAll(/^-- +---[ \t]*(?:\r?\n|\r|$)/gm)];
  if (open === undefined || close === undefined) return sql;
  return sql.slice(0, open.index) + sql.slice(close.index + close[0].length);
}
