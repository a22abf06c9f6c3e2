/** What the build makes of one file under jobs/. Plain JSON: the catalog is embedded in the bundle. */
export interface Job {
  /** The file's path below jobs/ without .sql: `close-day`, `billing/close-day`. */
  readonly name: string;
  /** The file's path from the project's root, with forward slashes; what error messages name. */
  readonly file: string;
  /** The whole file without its BOM, front matter included (it is SQL comments), so positions need no shift. */
  readonly sql: string;
  readonly statements: readonly Statement[];
  readonly description: string | null;
  /**
   * Cron expressions, each on the clocks of `timeZone`, or `@every 90s`; empty for a job that runs only when asked,
   * or after others.
   */
  readonly schedules: readonly string[];
  /** IANA name. */
  readonly timeZone: string;
  /**
   * The configured databases it changes, one run in each: `main` is DATABASE_URL, `x` is DATABASE_URL_X. Names and
   * patterns (`*`, `tenant_*`) as they were written, at least one; which databases they are is known at run time.
   */
  readonly databases: readonly string[];
  /** What becomes of occurrences that passed while nothing ran. */
  readonly catchUp: CatchUp;
  /** Jobs that must all succeed for an occurrence before this one runs for it; then `schedules` is empty. */
  readonly after: readonly string[];
  /** The longest time between two successes before the job is overdue; null: as its schedule has it. */
  readonly expectEveryMs: number | null;
  /** An occurrence that was enqueued and has not started this long after its time is overdue. */
  readonly startWithinMs: number;
  readonly timeoutMs: number;
  /** False: one statement at a time in autocommit, at least once instead of exactly once. */
  readonly transaction: boolean;
  readonly isolation: Isolation;
  /** The role that the SQL runs as; null for the app's own login. */
  readonly role: string | null;
  readonly overlap: Overlap;
  readonly retry: Retry;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
}

/** Where a statement stands in `Job.sql`: UTF-16 offsets, first token to the end without its semicolon. */
export interface Statement {
  readonly start: number;
  readonly end: number;
}

/** What a run does while another run of its job is open. */
export type Overlap = 'skip' | 'queue' | 'parallel';

/** Which occurrences run late: none, only the latest, or all that `limit` and `maxAgeMs` leave. */
export interface CatchUp {
  readonly policy: 'none' | 'latest' | 'all';
  /** With `all`: the most to run of one job, 1 to 10,000; of more, the latest. */
  readonly limit: number;
  /** Older ones do not run, under any policy. */
  readonly maxAgeMs: number;
}

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

/** `attempts` counts all tries of failing SQL, the first included; crashes have their own limit. */
export interface Retry {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

export const PARAMETER_TYPES = [
  'text',
  'integer',
  'number',
  'boolean',
  'date',
  'timestamp',
  'uuid',
  'json',
] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface ParameterSpec {
  readonly type: ParameterType;
  readonly description: string | null;
  /**
   * Absent: a message must give the parameter. Otherwise PostgreSQL's text form of the value, null for NULL,
   * or, for a date, the words today, yesterday and tomorrow, read in the job's time zone at scheduledFor.
   */
  readonly default?: string | null;
}

export interface Catalog {
  /** SHA-256, hex, over every job; messages carry the hash they were planned with. */
  readonly hash: string;
  readonly jobs: readonly Job[];
}
