/** What kinds of message there are; the names are those of the jobs in chaos/jobs where there is one. */
export const KINDS = [
  'counter',
  'flaky',
  'failing',
  'slow',
  'overtime',
  'autocommit',
  'overlap-skip',
  'overlap-queue',
  'rivals',
  'malformed',
  'query',
] as const;
export type Kind = (typeof KINDS)[number];

/** How a run, or a query, may end when no fault strikes. */
export type Outcome = 'succeeded' | 'failed' | 'rejected' | 'skipped' | 'deadlettered' | 'missed';

/** One thing that is asked for, by one message or several. */
export interface Request {
  /** Stands in each of its messages; finds those that cannot be read. */
  readonly token: string;
  readonly kind: Kind;
  readonly queue: 'jobs' | 'queries';
  /** What is put on the queue, in this order. Several of them are rivals, or copies of one message. */
  readonly bodies: readonly string[];
  /** The id of its run or query; null where the message names none, and its queue's id for it becomes the run's. */
  readonly id: string | null;
  /** What its effect may add: one of these. Empty: it has no effect. */
  readonly amounts: readonly number[];
  /** Without a transaction an effect may come more than once. */
  readonly effects: 'once' | 'at least once' | 'none';
  readonly outcomes: readonly Outcome[];
}
