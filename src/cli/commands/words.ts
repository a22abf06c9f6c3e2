import { builtCatalog } from '../catalog.ts';
import type { DefineCommand } from '../commandList.ts';
import { nextWords } from '../completion/words.ts';

/** For the completion scripts, and not for people: what can follow the words that are typed, one a line. */
export const define: DefineCommand = (command, invocation) => {
  command.argument('[words...]').action(async (words: string[]) => {
    const { jobs } = await builtCatalog();
    for (const word of await nextWords(words, jobs, invocation)) invocation.output.print(word);
  });
};
