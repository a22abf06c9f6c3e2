import type { Overlap } from '../../lib/jobs/job.ts';
import type { Pause } from '../../lib/ledger/pauses.ts';
import { pauseAt, pauseText } from '../ledger/pauses.ts';
import { durationText, timeText } from '../output/time.ts';
import { type ClockChange, clockChange, occurrenceBefore } from './clockChange.ts';
import { type ExpectedRun, expectedRuns } from './expectedRuns.ts';
import type { PlanFacts } from './planFacts.ts';
import type { PlannedOccurrence } from './plannedOccurrences.ts';

/** An occurrence with all that is to be told of it. */
export interface PlanRow extends PlannedOccurrence {
  readonly runs: readonly ExpectedRun[];
  /** Undefined where pauses are not known. */
  readonly pause: Pause | null | undefined;
  readonly clocks: ClockChange | null;
}

export function planRows(occurrences: readonly PlannedOccurrence[], facts: PlanFacts): PlanRow[] {
  const durationOf = (job: string, database: string) => facts.durations.get(database)?.get(job) ?? null;
  const expected = expectedRuns(occurrences, facts.databasesOf, durationOf);
  const before = new Map<string, number>();
  return occurrences.map((occurrence) => {
    const { job, at, scheduled } = occurrence;
    const last = scheduled && (before.get(job.name) ?? occurrenceBefore(scheduled, at));
    before.set(job.name, at);
    return {
      ...occurrence,
      runs: expected.get(occurrence) ?? [],
      pause: facts.pauses === null ? undefined : pauseAt(facts.pauses, job.name, at),
      clocks: scheduled && clockChange(scheduled, at, last),
    };
  });
}

/** What makes an occurrence other than its schedule says, a sentence each; not yet safe for a terminal. */
export function remarks({ job, pause, runs, clocks }: PlanRow, zone: string): string[] {
  return [
    ...(pause ? [pauseText(pause)] : []),
    ...(runs.length === 0 ? ['no configured database is meant'] : []),
    ...runs.flatMap((run) => overlapText(run, job.overlap, runs.length > 1, zone)),
    ...(clocks ? [clockText(clocks)] : []),
    ...(job.after.length > 0 ? [`after ${job.after.join(', ')}`] : []),
  ];
}

const OVERLAP_TEXT: Readonly<Record<Overlap, string>> = {
  skip: 'is skipped, as the run before goes on',
  queue: 'waits for the run before, which goes on',
  parallel: 'runs beside the run before, which goes on',
};

function overlapText(run: ExpectedRun, overlap: Overlap, isOneOfMany: boolean, zone: string): string[] {
  if (run.overlapsUntilMs === null) return [];
  const where = isOneOfMany ? `in ${run.database} ` : '';
  return [`${where}${OVERLAP_TEXT[overlap]} until ${timeText(run.overlapsUntilMs, zone)}`];
}

function clockText({ kind, byMs }: ClockChange): string {
  const by = durationText(Math.abs(byMs));
  switch (kind) {
    case 'gap':
      return `its time is left out: the clocks go forward by ${by}`;
    case 'first pass':
      return `its time comes twice, as the clocks go back by ${by}: this is the first`;
    case 'second pass':
      return `its time comes twice, as the clocks went back by ${by}: this is the second`;
    case 'moved':
      return `the clocks went ${byMs > 0 ? 'forward' : 'back'} by ${by} since the one before`;
  }
}
