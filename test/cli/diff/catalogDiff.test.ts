import { describe, expect, test } from 'vitest';
import { catalogDiff, isEmpty } from '../../../src/cli/diff/catalogDiff.ts';
import { diffMarkdown } from '../../../src/cli/diff/markdown.ts';
import { changedLines } from '../../../src/cli/diff/sqlLines.ts';
import type { Job } from '../../../src/lib/jobs/job.ts';
import { job, jobWith } from '../../support/jobs.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const diff = (before: readonly Job[], after: readonly Job[]) =>
  catalogDiff({ hash: 'a', jobs: before }, { hash: 'b', jobs: after }, NOW);
const times = (next: readonly number[]) => next.map((at) => new Date(at).toISOString().slice(5, 16));

describe('what a deployment changes', () => {
  test('nothing, where the jobs are the same', async () => {
    const jobs = [await jobWith('a', 'every: 1h', 'SELECT 1;'), await jobWith('b', 'after: a', 'SELECT 1;')];
    const found = diff(jobs, jobs);
    expect(isEmpty(found)).toBe(true);
    expect(diffMarkdown(found)).toBe('## Jobs: no change');
  });

  test('jobs that come and go, and one that only has another name', async () => {
    const found = diff(
      [await job('old', 'SELECT 1;'), await job('gone', 'SELECT 2;')],
      [await job('renamed', 'SELECT 1;'), await job('fresh', 'SELECT 3;')],
    );
    expect(found.added.map(({ job: { name }, renamedFrom }) => [name, renamedFrom])).toEqual([
      ['renamed', 'old'],
      ['fresh', null],
    ]);
    expect(found.removed.map(({ name }) => name)).toEqual(['old', 'gone']);
  });

  test('another schedule, with what comes next by each, and the chain that moves along', async () => {
    const report = await jobWith('report', 'after: load', 'SELECT 2;');
    const { changed, movedAlong } = diff(
      [await jobWith('load', "schedule: '0 2 * * *'", 'SELECT 1;'), report],
      [await jobWith('load', "schedule: '0 3 * * *'\ntimeZone: Europe/Berlin", 'SELECT 1;'), report],
    );
    expect(changed).toMatchObject([
      {
        changes: [{ what: 'schedule', before: '0 2 * * * (UTC)', after: '0 3 * * * (Europe/Berlin)' }],
        sql: null,
      },
    ]);
    expect(times(changed[0]?.nextBefore ?? [])).toEqual(['03-02T02:00', '03-03T02:00', '03-04T02:00']);
    expect(times(changed[0]?.next ?? [])).toEqual(['03-02T02:00', '03-03T02:00', '03-04T02:00']);
    expect(movedAlong).toEqual([]);

    const later = diff(
      [await jobWith('load', "schedule: '0 2 * * *'", 'SELECT 1;'), report],
      [await jobWith('load', "schedule: '0 5 * * *'", 'SELECT 1;'), report],
    );
    expect(later.movedAlong.map(({ job: { name }, next }) => [name, times(next)[0]])).toEqual([
      ['report', '03-02T05:00'],
    ]);
  });

  test.each<[string, string, string]>([
    ['database: [eu, us]', 'database', 'main → eu, us'],
    ['timeout: 5m', 'timeout', '10 min → 5 min'],
    ['overlap: queue', 'overlap', 'skip → queue'],
    ['transaction: false', 'transaction', 'true → false'],
    ['isolation: serializable', 'isolation', 'read committed → serializable'],
    ['role: reporting', 'role', "the app's login → reporting"],
    ['catchUp: none', 'catchUp', 'latest, up to 7 d old → none, up to 7 d old'],
    ['expectEvery: 26h', 'expectEvery', 'as its schedule has it → 1 d 2 h'],
    ['startWithin: 1h', 'startWithin', '15 min → 1 h'],
    ['description: New.', 'description', 'none → New.'],
    ['parameters: { day: date }', 'parameter day', 'none → date, must be given'],
    ['parameters: { n: { type: integer, default: 1 } }', 'parameter n', 'none → integer, by default 1'],
  ])('%s', async (frontMatter, what, text) => {
    const { changed } = diff([await job('x', 'SELECT 1;')], [await jobWith('x', frontMatter, 'SELECT 1;')]);
    expect(changed.map(({ changes, sql }) => ({ changes, sql }))).toEqual([
      { changes: [{ what, before: text.split(' → ')[0], after: text.split(' → ')[1] }], sql: null },
    ]);
  });

  test('a schedule that comes once in years has its next occurrences, too', async () => {
    const { added } = diff([], [await jobWith('leap', "schedule: '0 0 29 2 *'", 'SELECT 1;')]);
    expect(times(added[0]?.next ?? [])).toEqual(['02-29T00:00', '02-29T00:00']);
  });
});

describe('changed lines', () => {
  test.each<[string, string, object | null]>([
    ['SELECT 1;\nSELECT 2;\n', 'SELECT 1;\n-- why\nSELECT 3;\n', { added: 2, removed: 1 }],
    ['SELECT 1;\nSELECT 2;', 'SELECT 1;\r\nSELECT 2;\r\n', null],
    ['-- ---\n-- timeout: 1m\n-- ---\nSELECT 1;', '-- ---\n-- timeout: 2m\n-- ---\nSELECT 1;', null],
  ])('of %j and %j', async (before, after, expected) => {
    const [was, is] = await Promise.all([before, after].map(jobOf));
    expect(was && is && changedLines(was, is)).toEqual(expected);
  });
  const jobOf = (sql: string) => job('x', sql);
});

test('the report is Markdown that shows each text as it is', async () => {
  const before = await jobWith('load', "schedule: '0 2 * * *'\ndescription: Plain.", 'SELECT 1;');
  const after = await jobWith(
    'load',
    "schedule: '*/30 * * * *'\ndescription: 'With `ticks`, <b>tags</b> | pipes'",
    'SELECT 1;\nSELECT 2;',
  );
  const added = await jobWith(
    'close-day',
    "schedule: '0 2 * * *'\ndescription: '*Closes* <it> @all'",
    'SELECT 3;',
  );
  expect(diffMarkdown(diff([before, await job('gone', 'SELECT 4;')], [after, added]))).toBe(
    `## Jobs: 1 added, 1 removed, 1 changed

### \`close-day\` added

- \\*Closes\\* \\<it\\> \\@all
- schedule: \`0 2 * * * (UTC)\`
- database: \`main\`
- next: 2026-03-02 02:00:00, 2026-03-03 02:00:00, 2026-03-04 02:00:00 (UTC)

### \`gone\` removed

- schedule was: \`none\`
- database was: \`main\`

### \`load\` changed

- schedule: \`0 2 * * * (UTC)\` → \`*/30 * * * * (UTC)\`
- description: \`Plain.\` → \`\` With \`ticks\`, <b>tags</b> | pipes \`\`
- SQL: one line added
- next would have been: 2026-03-02 02:00:00, 2026-03-03 02:00:00, 2026-03-04 02:00:00 (UTC)
- next: 2026-03-01 12:30:00, 2026-03-01 13:00:00, 2026-03-01 13:30:00 (UTC)`,
  );
});
