import type { RunState } from '../ledger/runStates.ts';

/** One parent's run for the occurrence; `state` null: it has not been received. */
export interface ParentRun {
  readonly job: string;
  readonly database: string;
  readonly state: RunState['state'] | null;
}

export type Verdict =
  | { readonly kind: 'run' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'skip'; readonly reason: string };

/** A child runs when all its parents have succeeded, and is skipped as soon as one has ended otherwise. */
export function verdictOf(parents: readonly ParentRun[]): Verdict {
  const ended = parents.filter(({ state }) => state !== null && state !== 'waiting' && state !== 'running');
  const bad = ended.filter(({ state }) => state !== 'succeeded');
  if (bad.length > 0) {
    const list = bad.map(
      ({ job, database, state }) =>
        `${job} (${database}) ${state === 'missed' ? 'was missed' : state === 'failed' ? 'failed' : `was ${state}`}`,
    );
    return { kind: 'skip', reason: `It runs after ${list.join(', ')} for the same occurrence.` };
  }
  return ended.length === parents.length && parents.length > 0 ? { kind: 'run' } : { kind: 'wait' };
}
