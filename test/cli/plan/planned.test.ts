import { describe, expect, test } from 'vitest';
import { clockChange, occurrenceBefore } from '../../../src/cli/plan/clockChange.ts';
import { type DurationOf, expectedRuns } from '../../../src/cli/plan/expectedRuns.ts';
import { connectedJobs, graphText } from '../../../src/cli/plan/graph.ts';
import { plannedOccurrences } from '../../../src/cli/plan/plannedOccurrences.ts';
import { occurrencesOfJob, scheduledJobs } from '../../../src/lib/jobs/due.ts';
import type { Job } from '../../../src/lib/jobs/job.ts';
import { jobWith } from '../../support/jobs.ts';

const scheduled = (name: string, frontMatter: string) => jobWith(name, frontMatter, 'SELECT 1;');
const window = (from: string, to: string) => ({ fromMs: Date.parse(from), toMs: Date.parse(to) });

describe('occurrences', () => {
  test('stand in the order of time, and a job of a chain behind all its parents', async () => {
    const jobs = [
      await scheduled('a-report', 'after: [load, clean]'),
      await scheduled('load', "schedule: '0 */2 * * *'"),
      await scheduled('clean', "schedule: '0 */3 * * *'"),
    ];
    const { occurrences, isCut } = plannedOccurrences(
      jobs,
      window('2026-01-01T00:00:00Z', '2026-01-01T05:59:59Z'),
      100,
    );
    expect(occurrences.map(({ job, at }) => `${new Date(at).getUTCHours()} ${job.name}`)).toEqual([
      '0 load',
      '0 clean',
      '0 a-report',
      '2 load',
      '3 clean',
      '4 load',
    ]);
    expect(isCut).toBe(false);
  });

  test('are cut where there are too many, however long the window is', async () => {
    const jobs = [await scheduled('often', 'every: 1s')];
    const plan = plannedOccurrences(jobs, window('2026-01-01T00:00:00Z', '2035-01-01T00:00:00Z'), 5);
    expect({ count: plan.occurrences.length, isCut: plan.isCut }).toEqual({ count: 5, isCut: true });
  });
});

describe('a change of the clocks', () => {
  async function changes(schedule: string, from: string, to: string) {
    const [job] = scheduledJobs([await scheduled('x', `schedule: '${schedule}'\ntimeZone: Europe/Berlin`)]);
    if (!job) throw new Error('It has a schedule.');
    return [...occurrencesOfJob(job, Date.parse(from), Date.parse(to))].flatMap((at) => {
      const change = clockChange(job, at, occurrenceBefore(job, at));
      return change
        ? [`${new Date(at).toISOString().slice(5, 16)} ${change.kind} ${change.byMs / 60_000}`]
        : [];
    });
  }
  const SPRING = ['2026-03-27T12:00:00Z', '2026-03-31T12:00:00Z'] as const;
  const AUTUMN = ['2026-10-23T12:00:00Z', '2026-10-27T12:00:00Z'] as const;

  test.each<[string, readonly [string, string], string[]]>([
    ['30 2 * * *', SPRING, ['03-29T01:00 gap 60']],
    ['30 3 * * *', SPRING, ['03-29T01:30 moved 60']],
    ['30 2 * * *', AUTUMN, ['10-25T00:30 first pass -60', '10-26T01:30 moved -60']],
    ['30 3 * * *', AUTUMN, ['10-25T02:30 moved -60']],
    ['30 */2 * * *', AUTUMN, ['10-25T00:30 first pass -60', '10-25T01:30 second pass -60']],
    ['@every 6h', AUTUMN, []],
  ])('%s', async (schedule, [from, to], expected) => {
    expect(await changes(schedule, from, to)).toEqual(expected);
  });
});

describe('by past durations', () => {
  const MINUTE = 60_000;
  async function overlaps(frontMatter: string, minutes: number | null, databases = ['main']) {
    const jobs = [await scheduled('x', `every: 10m\n${frontMatter}`)];
    const { occurrences } = plannedOccurrences(
      jobs,
      window('2026-01-01T00:00:00Z', '2026-01-01T00:40:00Z'),
      100,
    );
    const durationOf: DurationOf = (_, database) =>
      database === 'main' && minutes !== null ? minutes * MINUTE : null;
    const runs = expectedRuns(occurrences, () => databases, durationOf);
    return [...runs.values()].map((each) =>
      each.map(({ overlapsUntilMs }) =>
        overlapsUntilMs === null ? null : new Date(overlapsUntilMs).getUTCMinutes(),
      ),
    );
  }

  test.each<[string, string, number | null, (number | null)[]]>([
    ['what is over in time overlaps nothing', 'overlap: skip', 10, [null, null, null, null, null]],
    ['unknown durations tell nothing', 'overlap: skip', null, [null, null, null, null, null]],
    ['a skipped one takes no time', 'overlap: skip', 15, [null, 15, null, 35, null]],
    ['those that wait fall behind more and more', 'overlap: queue', 15, [null, 15, 30, 45, 0]],
    ['those side by side do not', 'overlap: parallel', 15, [null, 15, 25, 35, 45]],
  ])('%s', async (_, frontMatter, minutes, expected) => {
    expect((await overlaps(frontMatter, minutes)).flat()).toEqual(expected);
  });

  test('each database goes by its own', async () => {
    const found = await overlaps('overlap: skip', 15, ['main', 'eu']);
    expect(found[1]).toEqual([15, null]);
  });

  test('a job of a chain starts when its parents have ended', async () => {
    const jobs = [await scheduled('load', 'every: 1h'), await scheduled('report', 'after: load')];
    const { occurrences } = plannedOccurrences(
      jobs,
      window('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
      9,
    );
    const runs = expectedRuns(
      occurrences,
      () => ['main'],
      () => 5 * MINUTE,
    );
    const starts = [...runs.values()].flat().map(({ startMs }) => new Date(startMs).getUTCMinutes());
    expect(starts).toEqual([0, 5]);
  });
});

describe('the graph', () => {
  let jobs: Job[];
  test('has schedules, jobs, chains and databases, and no text that Mermaid takes for its own', async () => {
    jobs = [
      await scheduled(
        'load',
        "schedule: ['0 2 * * 5#2', '@every 90s']\ntimeZone: Europe/Berlin\ndatabase: [eu, us]",
      ),
      await scheduled('billing/report', 'after: load'),
      await scheduled('alone', ''),
    ];
    expect(graphText(jobs, ({ databases }) => databases)).toBe(
      [
        'flowchart LR',
        '  s0(["0 2 * * 5#35;2 Europe/Berlin"])',
        '  s1(["@every 90s"])',
        '  j0["load"]',
        '  j1["billing/report"]',
        '  j2["alone"]',
        '  d0[("eu")]',
        '  d1[("us")]',
        '  d2[("main")]',
        '  s0 --> j0',
        '  s1 --> j0',
        '  j0 -.-> d0',
        '  j0 -.-> d1',
        '  j0 -- after --> j1',
        '  j1 -.-> d2',
        '  j2 -.-> d2',
      ].join('\n'),
    );
  });

  test('of one job has what comes before and behind it, and not its neighbours', async () => {
    const chain = [
      await scheduled('root', 'every: 1h'),
      await scheduled('left', 'after: root'),
      await scheduled('right', 'after: root'),
      await scheduled('leaf', 'after: [left]'),
    ];
    expect(connectedJobs(chain, 'left').map(({ name }) => name)).toEqual(['root', 'left', 'leaf']);
  });
});
