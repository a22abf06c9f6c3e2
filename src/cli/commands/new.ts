import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CliError } from '../cliError.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { checkJobName, newJob } from '../jobs/newJob.ts';

export const define: DefineCommand = (command, invocation) => {
  command
    .description('Writes a job file to begin with, below jobs/. It refuses to overwrite one.')
    .argument('<job>', "the job's name; a / makes a folder")
    .action((name: string) => create(invocation, name));
  addExamples(command, [
    ['new close-day', 'makes jobs/close-day.sql'],
    ['new billing/send-invoices', 'makes jobs/billing/send-invoices.sql'],
  ]);
};

async function create({ output, directory }: Invocation, name: string): Promise<void> {
  checkJobName(name);
  const file = `jobs/${name}.sql`;
  const path = join(directory, file);
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, newJob(name), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new CliError(EXIT.usage, `${file} is there already, and was left as it is.`);
  }
  output.print(file);
  output.say(
    `Next: write its SQL, then npx nightshift validate, npm run build, npx nightshift run ${name} --wait`,
  );
}
