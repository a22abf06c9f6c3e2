import { FINDINGS, type Finding, type FindingKind } from './account/finding.ts';
import type { LogLine } from './fleet.ts';
import type { Options } from './options.ts';
import type { Result } from './run.ts';

/** More than so many findings say no more; --json has them all. */
const MOST_SHOWN = 20;
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
    ...findings.slice(0, MOST_SHOWN).flatMap((finding) => ['', ...showFinding(finding, log)]),
    ...(findings.length > MOST_SHOWN ? ['', `... and ${findings.length - MOST_SHOWN} more.`] : []),
  ].join('\n');
}

function showFinding({ kind, what, ids }: Finding, log: readonly LogLine[]): string[] {
  const about = log.filter(({ line }) => ids.some((id) => line.includes(id)));
  const lines = about
    .slice(0, MOST_LINES)
    .map(({ atMs, pid, line }) => `    ${(atMs / 1000).toFixed(1)} s [${pid}] ${line}`);
  return [`${kind}: ${what}`, ...lines];
}
