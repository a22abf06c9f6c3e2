import { Option } from 'commander';
import type { Catalog } from '../../lib/jobs/job.ts';
import type { Problem } from '../../lib/jobs/problem.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { closeSchedules } from '../jobs/closeSchedules.ts';
import { compileJobs } from '../jobs/projectCatalog.ts';
import { githubAnnotation, problemLine, type Severity } from '../output/problems.ts';
import type { FoundProblem } from '../validate/checkJob.ts';

type Format = 'text' | 'json' | 'github';

interface Options {
  readonly format: Format;
  readonly database?: true | string;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Checks every job file, and tells every problem of all of them. The exit code is 1 if there are any. With --database the ' +
        'server is asked, too: about tables, columns, functions, roles and rights, in a transaction that cannot write and is ' +
        'rolled back. Nothing is run: what DO and procedures do inside, and what the job itself creates, is not checked.',
    )
    .option('--database [name]', "ask the jobs' databases, or only this one, about their SQL")
    .addOption(
      new Option('--format <format>', 'for people, for programs, or as annotations of a pull request')
        .choices(['text', 'json', 'github'])
        .default('text'),
    )
    .action((options: Options) => validate(invocation, options));
  addExamples(command, [
    ['validate', 'before a commit'],
    ['validate --database --format github', 'in a GitHub workflow, with what the server says to it'],
  ]);
};

async function validate(invocation: Invocation, { format, database }: Options): Promise<void> {
  const { output } = invocation;
  const { catalog, problems, warnings } = await compileJobs(invocation.directory);
  const jobs = catalog?.jobs ?? [];
  const ofServer = database === undefined ? [] : await askDatabases(invocation, catalog, database);
  const found: FoundProblem[] = [
    ...problems.map((problem): FoundProblem => [problem, 'error']),
    ...[...warnings, ...closeSchedules(jobs, Date.now())].map(
      (problem): FoundProblem => [problem, 'warning'],
    ),
    ...ofServer,
  ];
  if (format === 'json')
    output.print(
      JSON.stringify(
        found.map(([problem, severity]) => ({ ...problem, severity })),
        null,
        2,
      ),
    );
  else for (const [problem, severity] of found) output.print(line(problem, severity, format));

  const count = (wanted: Severity) => found.filter(([, severity]) => severity === wanted).length;
  const errors = count('error');
  if (errors > 0) invocation.exitCode = EXIT.failed;
  output.say(summary(jobs.length, errors, count('warning')));
}

function summary(jobs: number, errors: number, warnings: number): string {
  if (errors > 0) return errors === 1 ? 'There is one problem.' : `There are ${errors} problems.`;
  if (warnings === 0) return jobs === 1 ? 'One job, and it is fine.' : `${jobs} jobs, and they are fine.`;
  const warned = warnings === 1 ? 'one warning' : `${warnings} warnings`;
  return `${jobs === 1 ? 'One job' : `${jobs} jobs`} without errors; ${warned}.`;
}

/** Only jobs that are sound by themselves: the server would tell the same of the others. */
async function askDatabases(
  invocation: Invocation,
  catalog: Catalog | null,
  database: true | string,
): Promise<readonly FoundProblem[]> {
  if (catalog === null) {
    invocation.output.say('The database is not asked before these problems are mended.');
    return [];
  }
  const [{ withConnections }, { checkDatabases }] = await Promise.all([
    import('../connections.ts'),
    import('../validate/checkDatabases.ts'),
  ]);
  const only = database === true ? null : database;
  return withConnections(
    invocation,
    (connections) => checkDatabases(connections, catalog.jobs, only, Date.now()),
    'withoutQueues',
  );
}

const line = (problem: Problem, severity: Severity, format: Format) =>
  format === 'github' ? githubAnnotation(problem, severity) : problemLine(problem, severity);
