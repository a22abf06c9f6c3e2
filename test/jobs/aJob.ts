import type { Job } from '../../src/lib/jobs/job.ts';

/** A job that runs only when asked; a test says what matters to it. */
export function aJob(change: Partial<Job> = {}): Job {
  const name = change.name ?? 'a-job';
  return {
    name,
    file: `jobs/${name}.sql`,
    sql: 'SELECT 1',
    statements: [{ start: 0, end: 8 }],
    description: null,
    schedules: [],
    timeZone: 'UTC',
    databases: ['main'],
    catchUp: { policy: 'latest', limit: 100, maxAgeMs: 604_800_000 },
    after: [],
    expectEveryMs: null,
    startWithinMs: 900_000,
    timeoutMs: 600_000,
    transaction: true,
    isolation: 'read committed',
    role: null,
    overlap: 'skip',
    retry: { attempts: 5, backoffMs: 30_000, maxBackoffMs: 600_000 },
    parameters: {},
    ...change,
  };
}
