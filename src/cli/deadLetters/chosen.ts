import type { Connection } from '../../lib/database/connection.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';
import { type DeadLetter, type DeadLetterFilter, findDeadLetters } from './deadLetter.ts';
import { type FilterOptions, filterOf } from './filterOptions.ts';

/** Which letters a command that changes them is for: numbers, or a filter, or all, but never all by omission. */
export interface Choice extends FilterOptions {
  readonly all?: true;
}

/** @throws CliError for a choice that chooses nothing, or in two ways */
export function filterOfChoice(ids: readonly string[], choice: Choice): DeadLetterFilter {
  const filter = filterOf(choice);
  const isFiltered = Object.keys(filter).length > 0;
  const ways = [ids.length > 0, isFiltered, choice.all === true].filter(Boolean).length;
  if (ways === 1) return ids.length > 0 ? { ids } : filter;
  throw new CliError(
    EXIT.usage,
    ways === 0
      ? 'Say which: by their numbers, by --queue, --reason, --job or --since, or --all.'
      : 'Give numbers, or a filter, or --all: one of them.',
  );
}

/** The oldest first, and the numbers that none has. */
export async function findChosen(
  connection: Connection,
  filter: DeadLetterFilter,
): Promise<{ letters: DeadLetter[]; missing: string[] }> {
  const letters = (await findDeadLetters(connection, filter)).toReversed();
  const found = new Set(letters.map(({ id }) => id));
  return { letters, missing: (filter.ids ?? []).filter((id) => !found.has(id)) };
}

/** Two commands at once would each decide by what the other is about to change. The lock ends with the session. */
export async function lockDeadLetters(connection: Connection): Promise<void> {
  const [row] = await connection.query(
    "SELECT pg_try_advisory_lock(hashtextextended('nightshift.dead-letters', 0)) AS locked",
  );
  if (row?.['locked'] === 't') return;
  throw new CliError(
    EXIT.failed,
    'Another command is redriving or dropping dead letters at this moment. Try again when it is done.',
  );
}
