import type { Command } from 'commander';
import { instantOrAgo, wholeNumber } from '../options/parse.ts';
import type { DeadLetterFilter } from './deadLetter.ts';

export interface FilterOptions {
  readonly queue?: string;
  readonly reason?: string;
  readonly job?: string;
  readonly since?: string;
}

/** What chooses dead letters, for every command that takes more than one. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--queue <name>', 'from this queue')
    .option('--reason <text>', 'whose reason has this text in it')
    .option('--job <name>', 'of messages for this job')
    .option('--since <when>', 'kept since then: 2h (ago), 2026-03-01, 2026-03-01T02:00:00Z', instantOrAgo);
}

export function filterOf({ queue, reason, job, since }: FilterOptions): DeadLetterFilter {
  return {
    ...(queue === undefined ? {} : { queue }),
    ...(reason === undefined ? {} : { reason }),
    ...(job === undefined ? {} : { job }),
    ...(since === undefined ? {} : { since }),
  };
}

const id = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** A dead letter's number, as the list shows it. */
export const letterId = (text: string): string => String(id(text));

export const letterIds = (text: string, before: readonly string[] = []): string[] => [
  ...new Set([...before, letterId(text)]),
];
