import catalog from 'nightshift:catalog';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { decodeFile } from '../../lib/jobs/decodeFile.ts';
import type { Catalog } from '../../lib/jobs/job.ts';
import { findJobFiles } from '../../lib/jobs/jobFiles.ts';
import type { Problem } from '../../lib/jobs/problem.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

export interface CompiledJobs {
  readonly catalog: Catalog | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Compiles the files below jobs/ as the build does. @throws CliError where there is no folder jobs */
export async function compileJobs(directory: string): Promise<CompiledJobs> {
  if (!(await hasJobs(directory))) {
    throw new CliError(
      EXIT.usage,
      `There is no folder jobs in ${directory}: go to the project's folder first.`,
    );
  }
  // libpg-query is a WASM module. V8 would optimise it in the background, and the process could not end before that
  // is done: half a second of two cores for a parser that is used once.
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
  const { compileCatalog } = await import('../../lib/jobs/catalog.ts');
  const compiled = await compileCatalog(directory);
  return compiled.ok
    ? { catalog: compiled.catalog, problems: [], warnings: compiled.warnings }
    : { catalog: null, problems: compiled.problems, warnings: [] };
}

/**
 * The jobs as their files are now; in a folder without jobs, as the build has them, which the command was built with.
 *
 * @throws CliError for files with problems
 */
export async function currentCatalog(directory: string): Promise<Catalog> {
  if (!(await hasJobs(directory)) || (await isAsBuilt(directory))) return catalog;
  const { catalog: compiled, problems } = await compileJobs(directory);
  if (compiled !== null) return compiled;
  const files = new Set(problems.map(({ file }) => file));
  throw new CliError(
    EXIT.failed,
    `${[...files].join(', ')} cannot be understood. Run: npx nightshift validate`,
  );
}

/** The last build has compiled these very files: no need to do it again. */
async function isAsBuilt(directory: string): Promise<boolean> {
  const { files, problems } = await findJobFiles(directory);
  if (problems.length > 0 || files.length !== catalog.jobs.length) return false;
  const built = new Map(catalog.jobs.map((job) => [job.name, job.sql]));
  const same = await Promise.all(
    files.map(async ({ name, path }) => {
      const decoded = decodeFile(await readFile(path));
      return decoded.ok && decoded.text === built.get(name);
    }),
  );
  return same.every(Boolean);
}

const hasJobs = (directory: string) =>
  stat(join(directory, 'jobs')).then(
    (found) => found.isDirectory(),
    () => false,
  );
