import type { Job } from '../../lib/jobs/job.ts';
import type { DefineCommand } from '../commandList.ts';
import { type CatalogDiff, catalogDiff, isEmpty } from '../diff/catalogDiff.ts';
import { deployedCatalog } from '../diff/deployedCatalog.ts';
import { diffMarkdown } from '../diff/markdown.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exitCodes.ts';
import type { Invocation } from '../invocation.ts';
import { currentCatalog } from '../jobs/projectCatalog.ts';
import { visibleLines } from '../output/visible.ts';

interface Options {
  readonly exitCode?: true;
  readonly json?: true;
}

export const define: DefineCommand = (command, invocation) => {
  command
    .description(
      'Shows what a deployment of the jobs here changes: jobs added and removed, other schedules, databases, limits and SQL, ' +
        'and when each of these runs next. It is Markdown, to be pasted into a pull request.',
    )
    .argument(
      '<deployed>',
      "the deployed build: its dist folder, its catalog.json (- reads standard input), or a project's folder",
    )
    .option('--exit-code', 'exit with 1 if anything changes')
    .option('--json', 'one JSON object')
    .action((deployed: string, options: Options) => diff(invocation, deployed, options));
  addExamples(command, [
    ['diff dist', 'since the last build here'],
    ['diff dist/catalog.json --json', 'the same for a program'],
  ]);
};

async function diff(invocation: Invocation, deployed: string, options: Options): Promise<void> {
  const { output, directory } = invocation;
  const before = await deployedCatalog(deployed, directory);
  const after = await currentCatalog(directory);
  const found = catalogDiff(before, after, Date.now());
  if (options.json) output.print(JSON.stringify(diffJson(found), null, 2));
  else output.print(visibleLines(diffMarkdown(found)));
  if (options.exitCode && !isEmpty(found)) invocation.exitCode = EXIT.failed;
}

function diffJson({ added, removed, changed, movedAlong }: CatalogDiff) {
  const name = ({ name }: Job) => name;
  const iso = (next: readonly number[]) => next.map((at) => new Date(at).toISOString());
  return {
    added: added.map(({ job, renamedFrom, next }) => ({ job: name(job), renamedFrom, next: iso(next) })),
    removed: removed.map(name),
    changed: changed.map(({ job, changes, sql, nextBefore, next }) => ({
      job: name(job),
      changes,
      sql,
      nextBefore: iso(nextBefore),
      next: iso(next),
    })),
    movedAlong: movedAlong.map(({ job, nextBefore, next }) => ({
      job: name(job),
      nextBefore: iso(nextBefore),
      next: iso(next),
    })),
  };
}
