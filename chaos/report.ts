import { FINDINGS, type Finding, type FindingKind } from './account/finding.ts';
import type { LogLine } from './fleet.ts';
import type { Options } from './options.ts';
import type { Result } from './run.ts';

/** Findings that have their log lines beside them, of each kind: one cause has many of them. */
const MOST_EXPLAINED = 5;
const MOST_LINES = 40;

export function countFindings(findings: readonly Finding[]): Record<FindingKind, number> {
  const count = (kind: FindingKind) => findings.filter((finding) => finding.kind === kind).length;
  return {
    lost: count('lost'),
    double: count('double'),
    untold: count('untold'),
    disagreement: count('disagreement'),
    unexpected: count('unexpected'),
    left: count('left'),
  };
}

/** For people: the figures, the account, and each finding with what the workers logged about it. */
export function report(options: Options, { findings, figures, log }: Result): string {
  const { requests, outcomes, faults, ...rest } = figures;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none';
  const counts = Object.entries(countFindings(findings)) as [FindingKind, number][];
  return [
    `Seed ${options.seed}: npm run chaos -- --seed ${options.seed} --messages ${options.messages} --workers ${options.workers}`,
    '',
    `requests   ${list(requests)}`,
    `outcomes   ${list(outcomes)}`,
    `faults     ${list(faults)}`,
    `figures    ${list(rest)}`,
    '',
    ...counts.map(([kind, count]) => `${String(count).padStart(6)}  ${kind.padEnd(13)} ${FINDINGS[kind]}`),
    '',
    ...Map.groupBy(findings, ({ kind }) => kind)
      .values()
      .flatMap((ofKind) =>
        ofKind.map((finding, index) => showFinding(finding, index < MOST_EXPLAINED ? log : [])),
      ),
  ].join('\n');
}

function showFinding({ kind, what, ids }: Finding, log: readonly LogLine[]): string {
  // Whole ids: m1-2 is not in a line about m1-23. None of them has a character that patterns know.
  const about = ids.map((id) => new RegExp(`(?<![\\w-])${id}(?![\\w-])`));
  const lines = log
    .filter(({ line }) => about.some((id) => id.test(line)))
    .slice(0, MOST_LINES)
    .map(({ atMs, pid, line }) => `\n    ${(atMs / 1000).toFixed(1)} s [${pid}] ${line}`);
  return `${kind}: ${what}${lines.join('')}`;
}
