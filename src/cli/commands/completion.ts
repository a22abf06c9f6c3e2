import { Argument } from 'commander';
import type { DefineCommand } from '../commandList.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import { addExamples } from '../examples.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .description('Prints a script that makes your shell complete commands, options and the names of jobs.')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .action((shell: Shell) => invocation.output.print(SCRIPTS[shell]));
  addExamples(command, [
    ['completion bash', 'for bash: source <(npx nightshift completion bash)'],
    ['completion fish', 'for fish: npx nightshift completion fish | source'],
  ]);
};
