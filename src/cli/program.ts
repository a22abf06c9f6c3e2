import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS, type CommandEntry, WORDS } from './commandList.ts';
import { addCommonOptions, readCommonOptions } from './commonOptions.ts';
import { EXIT_CODES } from './exitCodes.ts';
import { terminalWidth } from './output/output.ts';
import type { StartedInvocation } from './startInvocation.ts';

/** The command line as a whole. Each command is a name and a line here, and gets its options when it is called. */
export function createProgram(invocation: StartedInvocation): Command {
  const program = new Command('nightshift')
    .description('Passwordless SQL jobs for Azure Database for PostgreSQL, on Azure Functions.')
    .usage('<command> [options]')
    .version(packageJson.version, '-V, --version', 'show the version')
    .enablePositionalOptions()
    .helpCommand(false)
    .showHelpAfterError('Add --help to see how it is used.')
    .configureHelp({
      helpWidth: terminalWidth(process.stdout) ?? 100,
      styleTitle: (title) => title,
    })
    .exitOverride();
  addCommonOptions(program);
  program.addHelpText('after', `\nExit codes:\n${EXIT_CODES}`);

  for (const entry of COMMANDS) {
    program.commandsGroup(entry.group);
    program.command(entry.name).summary(entry.summary);
  }
  program.command(WORDS.name, { hidden: true });
  program.commandsGroup('Help:');
  program
    .command('help [command]')
    .summary('show how a command is used')
    .action(async (name?: string) => {
      const isKnown = name === undefined || COMMANDS.some((entry) => entry.name === name);
      // A name that is none gets its "did you mean" from the parser.
      await program.parseAsync([name ?? '', isKnown ? '--help' : ''].filter(Boolean), { from: 'user' });
    });

  const defined = new Set<CommandEntry>();
  program.hook('preSubcommand', async (_program, command) => {
    const entry = [...COMMANDS, WORDS].find(({ name }) => name === command.name());
    if (entry === undefined || defined.has(entry)) return;
    defined.add(entry);
    const { define } = await entry.load();
    define(command, invocation);
    for (const leaf of leaves(command)) addCommonOptions(leaf);
  });
  program.hook('preAction', (_program, command) => invocation.configure(readCommonOptions(command)));
  return program;
}

/** Those that do something: `dead-letters list`, not `dead-letters`. */
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);

/** Help that was asked for and the version end the parse by an error, too; that one is not shown. */
export const isDone = (error: unknown): boolean => error instanceof CommanderError && error.exitCode === 0;
