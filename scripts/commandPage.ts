import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const INTRODUCTION = `# The command

<!-- Written by \`npm run docs\` from the command's own help: change it there. -->

\`npx nightshift\`, in the project's folder after \`npm ci\`. Results go to standard output, talk to standard error. It
finds its settings in the environment, then in \`local.settings.json\`, then from a running \`npm start\`
([settings](settings.md)).

Call it in that folder or below it only: anywhere else, npx asks the registry for a package of that name, which is not
this one.
`;

/** The text of docs/command.md: the help of the built command in `dist`, command by command. */
export async function commandPage(dist: string): Promise<string> {
  const overview = await help(dist, []);
  const sections = [`## nightshift\n\n${fenced(overview)}`];
  for (const name of commandsIn(overview)) sections.push(...(await sectionsOf(dist, [name])));
  return [INTRODUCTION, ...sections].join('\n');
}

/** A command's own section, and those of its subcommands (`dead-letters list`). */
async function sectionsOf(dist: string, path: readonly string[]): Promise<string[]> {
  const text = await help(dist, path);
  const own = `## nightshift ${path.join(' ')}\n\n${fenced(text)}`;
  const below = await Promise.all(commandsIn(text).map((name) => sectionsOf(dist, [...path, name])));
  return [own, ...below.flat()];
}

/** The groups of an overview that list something else than commands, or nothing that has a section. */
const NO_COMMANDS = /^(?:Usage|Arguments|Options|Everywhere|Examples|Help|Exit codes)\b/;

function commandsIn(text: string): string[] {
  const names: string[] = [];
  let within = false;
  for (const line of text.split('\n')) {
    if (/^\S.*:$/.test(line)) within = !NO_COMMANDS.test(line);
    const name = within ? /^ {2}([a-z][a-z-]*) /.exec(line)?.[1] : undefined;
    if (name !== undefined && name !== 'help') names.push(name);
  }
  return names;
}

async function help(dist: string, path: readonly string[]): Promise<string> {
  const { PATH } = process.env;
  const { stdout } = await execute(process.execPath, [join(dist, 'cli.js'), ...path, '--help'], {
    env: { PATH, TZ: 'UTC' },
  });
  return stdout;
}

/** What every command has is told once, by the overview. */
function fenced(text: string): string {
  const everywhere = /^Everywhere:\n(?: .*\n)+\n?/m;
  const own = text.startsWith('Usage: nightshift <command>') ? text : text.replace(everywhere, '');
  return `\`\`\`text\n${own.trim()}\n\`\`\`\n`;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  writeFileSync(join(root, 'docs/command.md'), await commandPage(join(root, 'dist')));
}
