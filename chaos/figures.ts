import type { AccountInput } from './account/account.ts';
import { outcomeOf, runIdsOf } from './account/evidence.ts';
import type { FaultKind } from './plan/faults.ts';

export interface StruckFault {
  readonly kind: FaultKind;
  readonly atMs: number;
  readonly endedMs: number;
  readonly what: string;
}

/** What went on, in numbers. None of them is good or bad by itself. */
export interface Figures {
  readonly durationSeconds: number;
  readonly messages: number;
  readonly requests: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Messages that were sent again although the run was asked for already. */
  readonly copiesSent: number;
  /** Events that came once more under the same id. */
  readonly duplicateEvents: number;
  /** Attempts that failed and were tried again, or ended the run. */
  readonly failures: number;
  /** Attempts whose worker or connection ended before the outcome was there. */
  readonly crashes: number;
  readonly deadLetters: number;
  /** Runs that would have succeeded but for the faults. */
  readonly endedByFaults: number;
  /** Workers that ended without being told to. */
  readonly workersLost: number;
}

export interface FiguresInput extends AccountInput {
  readonly struck: readonly StruckFault[];
  readonly durationMs: number;
  readonly lost: number;
}

export function figuresOf({ sent, events, database, struck, durationMs, lost }: FiguresInput): Figures {
  const told = [...events.values()];
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const expected = new Map(
    sent.flatMap((each) => runIdsOf(each).map((runId) => [runId, each.request.outcomes] as const)),
  );
  return {
    durationSeconds: Math.round(durationMs / 1000),
    messages: sum(sent.map(({ messageIds }) => messageIds.length)),
    requests: tally(sent.map(({ request }) => request.kind)),
    outcomes: tally(told.map(({ type }) => type.replace('nightshift.', ''))),
    faults: tally(struck.map(({ kind }) => kind)),
    copiesSent: sum(
      sent.map(({ request, messageIds }) => (request.kind === 'rivals' ? 0 : messageIds.length - 1)),
    ),
    duplicateEvents: sum(told.map(({ deliveries }) => deliveries - 1)),
    failures: sum(database.runs.map(({ failures }) => failures)),
    crashes: sum(database.runs.map(({ crashes }) => crashes)),
    deadLetters: database.deadLetters.length,
    endedByFaults: told.filter((event) => {
      const outcomes = expected.get(event.data.runId ?? '');
      return outcomes !== undefined && !outcomes.some((outcome) => outcome === outcomeOf(event));
    }).length,
    workersLost: lost,
  };
}

function tally(names: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(names, (name) => name);
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]));
}
