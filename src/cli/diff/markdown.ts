import type { Job } from '../../lib/jobs/job.ts';
import { timeText } from '../output/time.ts';
import type { AddedJob, CatalogDiff, ChangedJob, MovedJob } from './catalogDiff.ts';
import { scheduleText } from './jobChanges.ts';
import type { LineCounts } from './sqlLines.ts';

/** A report that a reviewer reads in a pull request. */
export function diffMarkdown(diff: CatalogDiff): string {
  const { added, removed, changed, movedAlong } = diff;
  const counts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'changed'],
    [movedAlong.length, 'moved along'],
  ] as const;
  const summary = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    `## Jobs: ${summary.join(', ') || 'no change'}`,
    ...added.map(addedText),
    ...removed.map(removedText),
    ...changed.map(changedText),
    ...movedAlong.map(movedText),
  ].join('\n\n');
}

const addedText = ({ job, renamedFrom, next }: AddedJob) =>
  section(job, 'added', [
    ...(renamedFrom === null
      ? []
      : [`its SQL is that of ${code(renamedFrom)}: a new name begins a ledger of its own`]),
    ...(job.description === null ? [] : [plain(job.description)]),
    `schedule: ${code(scheduleText(job))}`,
    ...(job.after.length > 0 ? [`after: ${job.after.map(code).join(', ')}`] : []),
    `database: ${job.databases.map(code).join(', ')}`,
    nextText(job, next),
  ]);

const removedText = (job: Job) =>
  section(job, 'removed', [
    `schedule was: ${code(scheduleText(job))}`,
    `database was: ${job.databases.map(code).join(', ')}`,
  ]);

function changedText({ job, changes, sql, nextBefore, next }: ChangedJob): string {
  const isMoved = String(next) !== String(nextBefore);
  return section(job, 'changed', [
    ...changes.map(({ what, before, after }) => `${plain(what)}: ${code(before)} → ${code(after)}`),
    ...(sql === null ? [] : [`SQL: ${countsText(sql)}`]),
    ...(isMoved ? [`next would have been: ${instants(job, nextBefore)}`] : []),
    nextText(job, next),
  ]);
}

const movedText = ({ job, nextBefore, next }: MovedJob) =>
  section(job, 'moved along with what it comes after', [
    `after: ${job.after.map(code).join(', ')}`,
    `next would have been: ${instants(job, nextBefore)}`,
    nextText(job, next),
  ]);

const section = (job: Job, what: string, points: readonly string[]) =>
  [`### ${code(job.name)} ${what}`, '', ...points.map((point) => `- ${point}`)].join('\n');

const nextText = (job: Job, next: readonly number[]) => `next: ${instants(job, next)}`;

function instants(job: Job, next: readonly number[]): string {
  if (next.length === 0) return 'none, it runs when it is asked to';
  return `${next.map((at) => timeText(at, job.timeZone)).join(', ')} (${job.timeZone})`;
}

const countsText = ({ added, removed }: LineCounts) =>
  [
    ...(added > 0 ? [`${lines(added)} added`] : []),
    ...(removed > 0 ? [`${lines(removed)} removed`] : []),
  ].join(', ');

const lines = (count: number) => (count === 1 ? 'one line' : `${count} lines`);

/** Verbatim, whatever it holds: a longer fence than any inside, and one line. */
function code(text: string): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  const longest = [...flat.matchAll(/`+/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 0);
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${flat}${fence}` : `${fence} ${flat} ${fence}`;
}

/** Prose, with what Markdown and HTML would take for their own escaped. */
const plain = (text: string) =>
  text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|~@&]/g, (char) => `\\${char}`);
