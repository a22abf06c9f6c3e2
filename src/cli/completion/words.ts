import { Command } from 'commander';
import type { Job } from '../../lib/jobs/job.ts';
import { COMMANDS } from '../commandList.ts';
import { addCommonOptions } from '../commonOptions.ts';
import type { Invocation } from '../invocation.ts';

/** Commands whose first argument is a job. */
const TAKE_A_JOB = new Set(['run', 'next', 'show', 'pause', 'resume']);

/**
 * The words that can follow those that are typed already.
 *
 * @param typed without the program's name and without the word that is being typed
 */
export async function nextWords(
  typed: readonly string[],
  jobs: readonly Job[],
  invocation: Invocation,
): Promise<string[]> {
  const [name, ...rest] = typed.filter((word) => !word.startsWith('-'));
  const entry = COMMANDS.find((each) => each.name === name);
  if (entry === undefined) return [...COMMANDS.map((each) => each.name), 'help'];

  const command = new Command(entry.name);
  const { define } = await entry.load();
  define(command, invocation);
  const sub = command.commands.find((each) => each.name() === rest[0]);
  const current = sub ?? command;
  addCommonOptions(current);

  const lastOption = current.options.find(({ long, short }) => [long, short].includes(typed.at(-1)));
  if (lastOption !== undefined && (lastOption.required || lastOption.optional)) {
    if (lastOption.attributeName() === 'job') return jobs.map((job) => job.name);
    return lastOption.argChoices ?? [];
  }
  const given = new Set(typed);
  const options = current.options.flatMap(({ long }) => (long && !given.has(long) ? [long] : []));
  const firstArgument = TAKE_A_JOB.has(entry.name) && rest.length === 0 ? jobs.map((job) => job.name) : [];
  const choices =
    current.registeredArguments[sub === undefined ? rest.length : rest.length - 1]?.argChoices ?? [];
  return [
    ...command.commands.filter(() => sub === undefined).map((each) => each.name()),
    ...firstArgument,
    ...choices,
    ...options,
  ];
}
