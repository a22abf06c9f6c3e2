import type { Catalog, Job } from '../../lib/jobs/job.ts';
import { plannedOccurrences } from '../plan/plannedOccurrences.ts';
import { type Change, jobChanges } from './jobChanges.ts';
import { changedLines, type LineCounts } from './sqlLines.ts';

/** What a deployment of `after` changes where `before` is deployed. The form of `diff --json`, jobs by their names. */
export interface CatalogDiff {
  readonly added: readonly AddedJob[];
  readonly removed: readonly Job[];
  readonly changed: readonly ChangedJob[];
  /** Chains whose times are others because of a schedule that is: they are not changed themselves. */
  readonly movedAlong: readonly MovedJob[];
}

export interface AddedJob {
  readonly job: Job;
  /** A removed job with the same SQL: it has a new name, and a ledger of its own. */
  readonly renamedFrom: string | null;
  readonly next: readonly number[];
}

export interface ChangedJob {
  readonly job: Job;
  readonly changes: readonly Change[];
  readonly sql: LineCounts | null;
  /** Epoch milliseconds; before and after. */
  readonly nextBefore: readonly number[];
  readonly next: readonly number[];
}

export type MovedJob = Pick<ChangedJob, 'job' | 'nextBefore' | 'next'>;

/** @param nowMs after which the next occurrences come */
export function catalogDiff(before: Catalog, after: Catalog, nowMs: number): CatalogDiff {
  const old = new Map(before.jobs.map((job) => [job.name, job]));
  const current = new Map(after.jobs.map((job) => [job.name, job]));
  const removed = before.jobs.filter(({ name }) => !current.has(name));
  const nextOf = (catalog: Catalog, job: Job) => nextOccurrencesOf(catalog.jobs, job, nowMs);

  const pairs = after.jobs.flatMap((job) => {
    const was = old.get(job.name);
    return was === undefined ? [] : [{ was, job }];
  });
  const compared = pairs.map(({ was, job }): ChangedJob => {
    const changes = jobChanges(was, job);
    const sql = changedLines(was, job);
    return { job, changes, sql, nextBefore: nextOf(before, was), next: nextOf(after, job) };
  });
  const isChanged = ({ changes, sql }: ChangedJob) => changes.length > 0 || sql !== null;
  return {
    added: after.jobs
      .filter(({ name }) => !old.has(name))
      .map((job) => ({
        job,
        renamedFrom: removed.find((gone) => changedLines(gone, job) === null)?.name ?? null,
        next: nextOf(after, job),
      })),
    removed,
    changed: compared.filter(isChanged),
    movedAlong: compared.filter(
      (each) =>
        !isChanged(each) && each.job.after.length > 0 && String(each.next) !== String(each.nextBefore),
    ),
  };
}

export const isEmpty = ({ added, removed, changed, movedAlong }: CatalogDiff): boolean =>
  added.length + removed.length + changed.length + movedAlong.length === 0;

const NEXT = 3;
/** Short ones first: a job of every second has many in a year. */
const LOOK_AHEAD_MS = [3_600_000, 26 * 3_600_000, 32 * 86_400_000, 400 * 86_400_000, 3000 * 86_400_000];

function nextOccurrencesOf(jobs: readonly Job[], job: Job, nowMs: number): number[] {
  const chain = withParents(jobs, job);
  if (chain.every(({ schedules }) => schedules.length === 0)) return [];
  let found: number[] = [];
  for (const ahead of LOOK_AHEAD_MS) {
    const window = { fromMs: nowMs + 1, toMs: nowMs + ahead };
    const { occurrences, isCut } = plannedOccurrences(chain, window, MOST);
    found = occurrences.filter((each) => each.job.name === job.name).map(({ at }) => at);
    if (found.length >= NEXT || isCut) break;
  }
  return found.slice(0, NEXT);
}

/** Beyond so many of its parents' a job of a chain that has none will not be searched for. */
const MOST = 20_000;

function withParents(jobs: readonly Job[], job: Job): Job[] {
  const found = new Set([job]);
  for (const each of found) {
    for (const parent of jobs) if (each.after.includes(parent.name)) found.add(parent);
  }
  return [...found];
}
