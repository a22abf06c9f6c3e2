import { expandDatabases } from '../../lib/jobs/databases.ts';
import { placeInFrontMatter } from '../../lib/jobs/frontMatter.ts';
import type { Job } from '../../lib/jobs/job.ts';
import type { Problem } from '../../lib/jobs/problem.ts';
import type { Connections } from '../connections.ts';
import { checkJob, type FoundProblem } from './checkJob.ts';

/**
 * Checks each job in each of its databases, or in the one that is named.
 *
 * @throws DatabaseError for a database that cannot be asked, CliError for one that is not configured
 */
export async function checkDatabases(
  connections: Connections,
  jobs: readonly Job[],
  only: string | null,
  nowMs: number,
): Promise<FoundProblem[]> {
  const configured = [...connections.settings.databases.keys()];
  if (only !== null) await connections.database(only);
  const wanted = jobs.map((job) => ({ job, databases: expandDatabases(job.databases, configured) }));
  const found: FoundProblem[] = wanted.flatMap(({ job, databases }) =>
    databases.length > 0 ? [] : [[meansNone(job, configured), 'error']],
  );
  for (const database of only === null ? configured : [only]) {
    const here = wanted.filter(({ databases }) => databases.includes(database));
    if (here.length === 0) continue;
    const problems = await connections.ledger(database, async (connection) => {
      const all: FoundProblem[] = [];
      for (const { job } of here) all.push(...(await checkJob(connection, job, nowMs)));
      return all;
    });
    found.push(...problems.map((problem) => inDatabase(problem, database, configured.length > 1)));
  }
  return inOrder(found);
}

function meansNone(job: Job, configured: readonly string[]): Problem {
  const names = job.databases.join(', ');
  return {
    file: job.file,
    ...placeInFrontMatter(job.sql, ['database']),
    message: `database: no configured database is meant by ${names}. Configured: ${configured.join(', ')}.`,
  };
}

function inDatabase([problem, severity]: FoundProblem, database: string, isOneOfMany: boolean): FoundProblem {
  if (!isOneOfMany || severity === 'note') return [problem, severity];
  return [{ ...problem, message: `In ${database}: ${problem.message}` }, severity];
}

/** By file and place; what is the same in every database once. */
function inOrder(found: readonly FoundProblem[]): FoundProblem[] {
  const keyOf = ([problem, severity]: FoundProblem): string => JSON.stringify([problem, severity]);
  const unique = [...new Map(found.map((each) => [keyOf(each), each])).values()];
  return unique.toSorted(
    ([a], [b]) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}
