import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { scheduledJobs } from '../../lib/jobs/due.ts';
import { type Catalog, PARAMETER_TYPES } from '../../lib/jobs/job.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';
import { compileJobs } from '../jobs/projectCatalog.ts';
import { readText } from '../options/readText.ts';

/** What the build writes beside the bundle. */
const CATALOG = 'catalog.json';

/** A catalog as a build of any version left it: what it does not know yet is as it was before, the default. */
const catalogSchema = z.object({
  hash: z.string(),
  jobs: z.array(
    z.object({
      name: z.string(),
      file: z.string(),
      sql: z.string(),
      statements: z.array(z.object({ start: z.int(), end: z.int() })),
      description: z.string().nullable(),
      schedules: z.array(z.string()),
      timeZone: z.string(),
      databases: z.array(z.string()),
      catchUp: z
        .object({ policy: z.enum(['none', 'latest', 'all']), limit: z.number(), maxAgeMs: z.number() })
        .default({ policy: 'latest', limit: 100, maxAgeMs: 7 * 86_400_000 }),
      after: z.array(z.string()).default([]),
      expectEveryMs: z.number().nullable().default(null),
      startWithinMs: z.number().default(15 * 60_000),
      timeoutMs: z.number(),
      transaction: z.boolean(),
      isolation: z.enum(['read committed', 'repeatable read', 'serializable']),
      role: z.string().nullable(),
      overlap: z.enum(['skip', 'queue', 'parallel']),
      retry: z.object({ attempts: z.number(), backoffMs: z.number(), maxBackoffMs: z.number() }),
      parameters: z.record(
        z.string(),
        z.object({
          type: z.enum(PARAMETER_TYPES),
          description: z.string().nullable(),
          default: z.string().nullable().exactOptional(),
        }),
      ),
    }),
  ),
});

/**
 * The catalog of another build: a catalog.json (`-` is standard input), a folder that has one, as dist/ or the folder
 * above it, or a project that was never built.
 *
 * @throws CliError
 */
export async function deployedCatalog(given: string, directory: string): Promise<Catalog> {
  const path = given === '-' ? '-' : resolve(directory, given);
  const file = await catalogFile(path);
  if (file !== null) return readCatalog(file === '-' ? 'standard input' : given, await readText(file));
  if (!(await isThere(join(path, 'jobs')))) {
    throw new CliError(
      EXIT.usage,
      `There is no build in ${given}: no ${CATALOG}, no dist/${CATALOG} and no jobs. Build it again with this version: npm run build`,
    );
  }
  const { catalog, problems } = await compileJobs(path);
  if (catalog !== null) return catalog;
  throw new CliError(
    EXIT.failed,
    `The jobs in ${given} have ${problems.length} problems: validate them first.`,
  );
}

async function catalogFile(path: string): Promise<string | null> {
  const found = path === '-' ? null : await stat(path).catch(() => null);
  // What is not there is told by whoever reads it.
  if (!found?.isDirectory()) return path;
  for (const file of [join(path, CATALOG), join(path, 'dist', CATALOG)]) if (await isThere(file)) return file;
  return null;
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

function readCatalog(name: string, text: string): Catalog {
  try {
    const catalog = catalogSchema.parse(JSON.parse(text));
    scheduledJobs(catalog.jobs);
    return catalog;
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new CliError(EXIT.failed, `What ${name} holds is no catalog of a build. ${why}`, { cause: error });
  }
}
