import type { Job } from '../../lib/jobs/job.ts';
import { durationText } from '../output/time.ts';

/** A job's front matter with its defaults, for people. */
export function jobEntries(job: Job): [string, string][] {
  const { retry } = job;
  return [
    ['job', job.name],
    ['file', job.file],
    ['description', job.description ?? ''],
    [
      'schedule',
      job.schedules.length === 0
        ? 'none: it runs when it is asked to'
        : `${job.schedules.join(' and ')} (${job.timeZone})`,
    ],
    [job.databases.length === 1 ? 'database' : 'databases', job.databases.join(', ')],
    ['timeout', durationText(job.timeoutMs)],
    [
      'transaction',
      job.transaction
        ? `yes, ${job.isolation}: its effect is there once`
        : 'no, each statement commits: at least once',
    ],
    ['role', job.role ?? "the app's own login"],
    ['overlap', job.overlap],
    [
      'retry',
      `${retry.attempts} attempts, after ${durationText(retry.backoffMs)} to ${durationText(retry.maxBackoffMs)}`,
    ],
    ['statements', String(job.statements.length)],
  ];
}

export function parameterRows(job: Job): string[][] {
  return Object.entries(job.parameters).map(([name, { type, description, default: byDefault }]) => [
    name,
    type,
    byDefault === undefined ? '(must be given)' : (byDefault ?? 'NULL'),
    description ?? '',
  ]);
}
