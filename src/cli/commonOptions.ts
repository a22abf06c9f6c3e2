import type { Command } from 'commander';
import type { CommonOptions } from './startInvocation.ts';

export function addCommonOptions(command: Command): void {
  command
    .optionsGroup('Everywhere:')
    .option('--settings <file>', 'read settings from this file, in the form of local.settings.json')
    .option('-q, --quiet', 'tell nothing but results and errors')
    .option('-v, --verbose', 'tell more: where settings come from, what an error is made of')
    .option('--no-color', 'no colours; also by NO_COLOR, or when the output is not a terminal')
    .helpOption('-h, --help', 'show this help');
}

/** They may stand before the command's name or behind it. */
export function readCommonOptions(command: Command): CommonOptions {
  const all = ancestry(command).map((each) => each.opts());
  const settings = all.map((each) => each['settings']).find((value) => typeof value === 'string');
  return {
    settings: settings ?? null,
    quiet: all.some((each) => each['quiet'] === true),
    verbose: all.some((each) => each['verbose'] === true),
    color: all.every((each) => each['color'] !== false),
  };
}

const ancestry = (command: Command): Command[] =>
  command.parent === null ? [command] : [command, ...ancestry(command.parent)];
