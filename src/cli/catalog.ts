import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { didYouMean } from '../lib/didYouMean.ts';
import type { Catalog, Job } from '../lib/jobs/job.ts';
import { CliError } from './cliError.ts';
import { EXIT } from './exitCodes.ts';

/** The jobs as the last build has compiled them, which is what the app runs. */
export async function builtCatalog(): Promise<Catalog> {
  return (await import('nightshift:catalog')).default;
}

/** @throws CliError for a job that the catalog does not know */
export async function findJob(catalog: Catalog, name: string, directory: string): Promise<Job> {
  const job = catalog.jobs.find((each) => each.name === name);
  if (job !== undefined) return job;
  const file = `jobs/${name.replace(/\.sql$/, '')}.sql`;
  const isFile = await access(join(directory, file)).then(
    () => true,
    () => false,
  );
  if (isFile && !name.endsWith('.sql')) {
    throw new CliError(EXIT.usage, `${file} is not in the build yet. Run: npm run build`);
  }
  const names = catalog.jobs.map((each) => each.name);
  const list = names.length === 0 ? 'There are no jobs yet.' : `The jobs are ${names.join(', ')}.`;
  throw new CliError(EXIT.usage, `There is no job "${name}".${didYouMean(name, names) || ` ${list}`}`);
}
