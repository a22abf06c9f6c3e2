import { Option } from 'commander';
import type { Problem } from '../../lib/jobs/problem.ts';
import type { DefineCommand } from '../commandList.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { closeSchedules } from '../jobs/closeSchedules.ts';
import { compileJobs } from '../jobs/projectCatalog.ts';
import { githubAnnotation, problemLine, type Severity } from '../output/problems.ts';

type Format = 'text' | 'json' | 'github';

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Checks every job file, and tells every problem of all of them. The exit code is 1 if there are any.',
    )
    .addOption(
      new Option('--format <format>', 'for people, for programs, or as annotations of a pull request')
        .choices(['text', 'json', 'github'])
        .default('text'),
    )
    .action(({ format }: { format: Format }) => validate(invocation, format));
  addExamples(command, [
    ['validate', 'before a commit'],
    ['validate --format github', 'in a GitHub workflow'],
  ]);
};

async function validate(invocation: Invocation, format: Format): Promise<void> {
  const { output } = invocation;
  const { catalog, problems, warnings } = await compileJobs(invocation.directory);
  const jobs = catalog?.jobs ?? [];
  const found: [Problem, Severity][] = [
    ...problems.map((problem): [Problem, Severity] => [problem, 'error']),
    ...[...warnings, ...closeSchedules(jobs, Date.now())].map((problem): [Problem, Severity] => [
      problem,
      'warning',
    ]),
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

  if (problems.length > 0) {
    invocation.exitCode = EXIT.failed;
    output.say(problems.length === 1 ? 'There is one problem.' : `There are ${problems.length} problems.`);
  } else
    output.say(jobs.length === 1 ? 'One job, and it is fine.' : `${jobs.length} jobs, and they are fine.`);
}

const line = (problem: Problem, severity: Severity, format: Format) =>
  format === 'github' ? githubAnnotation(problem, severity) : problemLine(problem, severity);
