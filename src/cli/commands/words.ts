import catalog from 'nightshift:catalog';
import type { DefineCommand } from '../commandList.ts';
import { nextWords } from '../completion/words.ts';

/** For the completion scripts, and not for people: what can follow the words that are typed, one a line. */
export const define: DefineCommand = (command, invocation) => {
  command.argument('[words...]').action(async (words: string[]) => {
    for (const word of await nextWords(words, catalog.jobs, invocation)) invocation.output.print(word);
  });
};
