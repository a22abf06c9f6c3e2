import { didYouMean } from '../../lib/didYouMean.ts';
import type { Catalog, Job } from '../../lib/jobs/job.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

/** @throws CliError for a job that the catalog does not know */
export function findJob({ jobs }: Catalog, name: string): Job {
  const job = jobs.find((each) => each.name === name);
  if (job !== undefined) return job;
  const names = jobs.map((each) => each.name);
  const list =
    names.length === 0
      ? 'There are no jobs yet: npx nightshift new <job>'
      : `The jobs are ${names.join(', ')}.`;
  throw new CliError(EXIT.usage, `There is no job "${name}".${didYouMean(name, names) || ` ${list}`}`);
}
