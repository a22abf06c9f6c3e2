import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../lib/jobs/job.ts';
import type { Problem } from '../../lib/jobs/problem.ts';
import { builtCatalog } from '../catalog.ts';
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
  // libpg-query is a WASM module: loaded only where files are compiled.
  const { compileCatalog } = await import('../../lib/jobs/catalog.ts');
  const compiled = await compileCatalog(directory);
  return compiled.ok
    ? { catalog: compiled.catalog, problems: [], warnings: compiled.warnings }
    : { catalog: null, problems: compiled.problems, warnings: [] };
}

/** The jobs as their files are now; in a folder without jobs, as the last build has them. @throws CliError for files with problems */
export async function currentCatalog(directory: string): Promise<Catalog> {
  if (!(await hasJobs(directory))) return builtCatalog();
  const { catalog, problems } = await compileJobs(directory);
  if (catalog !== null) return catalog;
  const files = new Set(problems.map(({ file }) => file));
  throw new CliError(
    EXIT.failed,
    `${[...files].join(', ')} cannot be understood. Run: npx nightshift validate`,
  );
}

const hasJobs = (directory: string) =>
  stat(join(directory, 'jobs')).then(
    (found) => found.isDirectory(),
    () => false,
  );
