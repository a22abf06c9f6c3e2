import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import packageJson from '../../../package.json' with { type: 'json' };
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import { projectFiles } from '../init/files.ts';
import type { Invocation } from '../invocation.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Makes a project of your own: settings, one job, scripts, a workflow that checks pull requests.',
    )
    .argument('<folder>', 'a folder that is empty or not there yet')
    .option(
      '--nightshift <folder>',
      'the clone of Nightshift that it builds with; by default the one of this command',
    )
    .action((folder: string, options: { nightshift?: string }) =>
      init(invocation, folder, options.nightshift),
    );
  addExamples(command, [
    ['init ../night-jobs', 'a project beside the clone'],
    ['init ../more-jobs --nightshift .', 'the same, naming the clone'],
  ]);
};

async function init(
  { output, directory }: Invocation,
  folder: string,
  given: string | undefined,
): Promise<void> {
  const project = resolve(directory, folder);
  const nightshift = given === undefined ? ownClone() : resolve(directory, given);
  await refuseUnlessEmpty(project, folder);
  const files = projectFiles({
    name: packageName(basename(project)),
    nightshift: relative(project, nightshift).replaceAll('\\', '/'),
    nodeVersion: packageJson.devDependencies.node,
    hostJson: await hostJson(nightshift),
  });
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), text, { flag: 'wx' });
    output.print(join(folder, file));
  }
  output.say(
    `Next: cd ${JSON.stringify(folder)}, then npm install, npx nightshift validate, npm run build. README.md goes on from there.`,
  );
}

/** The built command stands in the clone's dist/. */
const ownClone = () => resolve(import.meta.dirname, '..');

async function hostJson(nightshift: string): Promise<string> {
  try {
    return await readFile(join(nightshift, 'host.json'), 'utf8');
  } catch {
    throw new CliError(
      EXIT.usage,
      `${nightshift} is no clone of Nightshift: it has no host.json. Name yours by --nightshift.`,
    );
  }
}

async function refuseUnlessEmpty(project: string, folder: string): Promise<void> {
  const content = await readdir(project).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new CliError(
      EXIT.usage,
      error.code === 'ENOTDIR' ? `${folder} is a file.` : `${folder} cannot be read (${error.code}).`,
    );
  });
  if (content.length > 0) throw new CliError(EXIT.usage, `${folder} is not empty, and was left as it is.`);
}

/** npm's names are lower case and without spaces. */
const packageName = (folder: string) =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+|-+$/g, '') || 'night-jobs';
