import type { Command } from 'commander';

/** Closes a command's help with examples: what to type, and what it does. A test runs them. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): void {
  const lines = examples.map(([line, meaning]) => `  # ${meaning}\n  $ npx nightshift ${line}`);
  command.addHelpText('after', `\nExamples:\n${lines.join('\n\n')}`);
}
