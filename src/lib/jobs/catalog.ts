import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { chainProblems } from './chainProblems.ts';
import { compileJob } from './compileJob.ts';
import { longestJobTimeout } from './hostTimeout.ts';
import type { Catalog, Job } from './job.ts';
import { findJobFiles } from './jobFiles.ts';
import type { Problem } from './problem.ts';

export type { Problem };

export type CompiledCatalog =
  | { readonly ok: true; readonly catalog: Catalog; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles every file below `<projectDirectory>/jobs`, or tells every problem of every file, by file and line. */
export async function compileCatalog(projectDirectory: string): Promise<CompiledCatalog> {
  const found = await findJobFiles(projectDirectory);
  const longestTimeoutMs = await longestJobTimeout(projectDirectory);
  const jobs: Job[] = [];
  const problems = [...found.problems];
  for (const { name, file, path } of found.files) {
    const compiled = await compileJob(name, file, await readFile(path), longestTimeoutMs);
    if (compiled.ok) jobs.push(compiled.job);
    else problems.push(...compiled.problems);
  }
  const names = found.files.map(({ name }) => name);
  problems.push(...chainProblems(jobs, names));
  if (problems.length > 0) {
    return { ok: false, problems: problems.toSorted(inOrder) };
  }
  const empty = {
    file: 'jobs',
    line: 1,
    column: 1,
    message: 'There is no job yet: add a file jobs/<name>.sql.',
  };
  return { ok: true, catalog: { hash: catalogHash(jobs), jobs }, warnings: jobs.length === 0 ? [empty] : [] };
}

/** SHA-256, hex, of the jobs in JSON with sorted keys: the same jobs have the same hash, whoever compiles them. */
export function catalogHash(jobs: readonly Job[]): string {
  const canonical = JSON.stringify(jobs, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareText(a, b)))
      : value,
  );
  return createHash('sha256').update(canonical).digest('hex');
}

const inOrder = (a: Problem, b: Problem) =>
  compareText(a.file, b.file) || a.line - b.line || a.column - b.column;

/** By code unit: localeCompare depends on the machine. */
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
