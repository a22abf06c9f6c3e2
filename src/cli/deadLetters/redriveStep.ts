import type { RunState } from '../../lib/ledger/runStates.ts';

/** What the ledger knows of a dead letter's run and of the runs that repeat it; null: it has not been received. */
export interface LetterRuns {
  readonly first: RunState | null;
  /** The first one's redrives, #r1 first. */
  readonly redrives: readonly (RunState | null)[];
}

export interface RedriveQuestion {
  /** How many redrives of the letter are confirmed, and how many its own run stands behind: it may be a redrive. */
  readonly confirmed: number;
  readonly before: number;
  readonly runs: LetterRuns;
  /** Asked for once more, although it was sent again before. */
  readonly again: boolean;
}

export type RedriveStep =
  /** Send the letter's `number`-th redrive. Before it, those that an interrupted command left are to be confirmed. */
  | { readonly do: 'send'; readonly number: number; readonly confirm: readonly number[] }
  /** Nothing is to be sent: which redrive stands in the way (0 is the first run), and what it did. */
  | {
      readonly do: 'leave';
      readonly because: 'succeeded' | 'open' | 'sent before';
      readonly redrive: number;
      readonly state: RunState['state'] | null;
      readonly confirm: readonly number[];
    };

/**
 * Whether a dead letter is sent again, and as which run. Never while one of its runs is under way, and never once one
 * has succeeded. What was sent and has not been received yet is sent as the same run, which is run once.
 */
export function redriveStep({ confirmed, before, runs, again }: RedriveQuestion): RedriveStep {
  const known = [runs.first, ...runs.redrives];
  const succeeded = known.findIndex((run) => run?.state === 'succeeded');
  if (succeeded >= 0) return leave('succeeded', succeeded, known);
  const open = known.findIndex((run) => run !== null && isOpen(run));
  if (open >= 0) return leave('open', open, known);

  if (confirmed > 0 && !again) return leave('sent before', before + confirmed, known);
  if (confirmed > 0 && !known[before + confirmed]) return { do: 'send', number: confirmed, confirm: [] };

  const confirm: number[] = [];
  let number = confirmed + 1;
  // Sent, run, and not confirmed: the command that sent it was interrupted.
  for (; known[before + number]; number += 1) confirm.push(number);
  if (confirm.length > 0 && !again) return { ...leave('sent before', before + number - 1, known), confirm };
  return { do: 'send', number, confirm };
}

const isOpen = ({ state }: RunState) => state === 'waiting' || state === 'running';

function leave(
  because: Extract<RedriveStep, { do: 'leave' }>['because'],
  redrive: number,
  known: readonly (RunState | null)[],
): Extract<RedriveStep, { do: 'leave' }> {
  return { do: 'leave', because, redrive, state: known[redrive]?.state ?? null, confirm: [] };
}
