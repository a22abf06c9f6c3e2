import type { Problem } from '../../lib/jobs/problem.ts';
import { visible } from './visible.ts';

/** A note is no problem: it says what was not looked at. */
export type Severity = 'error' | 'warning' | 'note';

/** As compilers write it, so that editors and terminals make it a link. */
export const problemLine = (problem: Problem, severity: Severity): string =>
  visible(
    `${problem.file}:${problem.line}:${problem.column}: ${severity === 'error' ? '' : `${severity}: `}${problem.message}`,
  );

/** An annotation in a pull request: docs.github.com/actions/reference/workflow-commands-for-github-actions */
export function githubAnnotation(problem: Problem, severity: Severity): string {
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const { file, line, column, message } = problem;
  const command = severity === 'note' ? 'notice' : severity;
  return `::${command} file=${property(file)},line=${line},col=${column}::${data(message)}`;
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
