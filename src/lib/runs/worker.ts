import type { Database } from '../database/connection.ts';
import type { Catalog } from '../jobs/job.ts';
import type { Retention } from '../ledger/prune.ts';
import type { Log } from '../log.ts';
import type { QueueSender } from '../messages/queueSender.ts';
import type { Pauses } from '../schedule/pauses.ts';
import type { SweepAfter } from '../schedule/sweep.ts';

/** What every handler works with; made once by app.ts. */
export interface Worker {
  readonly catalog: Catalog;
  /** By name; `main` is there always. */
  readonly databases: ReadonlyMap<string, Database>;
  /** DATABASE_URL: where schedules and dead letters are. */
  readonly home: Database;
  /** With a login of its own; null while ad-hoc queries are off. */
  readonly queryDatabase: Database | null;
  readonly queues: { readonly jobs: string; readonly queries: string; readonly results: string };
  readonly sender: QueueSender;
  /** CloudEvents `source`: tells this app's events from another's on the same queue. */
  readonly eventSource: string;
  readonly pauses: Pauses;
  /** How long a run that cannot even be claimed goes back to the queue before it is given up. */
  readonly maxDeferralMs: number;
  readonly retention: Retention;
  readonly sweepAfter: SweepAfter;
  readonly log: Log;
  /** Epoch milliseconds. */
  now(): number;
  /** From 0 up to, but not including, 1. */
  random(): number;
  /** Aborted when the worker is asked to stop: running SQL is cancelled and handed back. */
  readonly stopping: AbortSignal;
  /** For what nobody waits for; a failure is logged. A stop waits for it. */
  background(work: Promise<unknown>): void;
}
