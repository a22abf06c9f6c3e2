import type { Job } from '../../../src/lib/jobs/job.ts';

/** Where the worker process dies (SIGKILL) or stands still (SIGSTOP), named by what it has just done or is about to do. */
export const POINTS = [
  'before the claim',
  'after the claim',
  'in the SQL',
  'before the outcome',
  'after the outcome',
  'after the event',
  'after the retry is written',
  'after the retry is sent',
] as const;
export type Point = (typeof POINTS)[number];

/** What the program is told, as JSON in the environment variable TASK. */
export interface Task {
  readonly databaseUrl: string;
  readonly storage: string;
  readonly queues: { readonly jobs: string; readonly queries: string; readonly results: string };
  readonly jobs: readonly Job[];
  /** Seconds for which a message is hidden while it is worked on: a dead worker's comes again after it. */
  readonly lockSeconds: number;
  readonly at: Point | null;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
}
