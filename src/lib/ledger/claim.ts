import type { Connection } from '../database/connection.ts';
import type { Overlap } from '../jobs/job.ts';
import type { AttemptError } from '../messages/resultData.ts';
import { readAttemptErrors } from './attemptErrors.ts';
import type { ClaimedKey } from './transitions.ts';

export interface ClaimRequest {
  readonly runId: string;
  readonly job: string;
  readonly database: string;
  readonly requestHash: string;
  /** ISO 8601. */
  readonly scheduledFor: string | null;
  readonly parameters: Readonly<Record<string, string | null>>;
  /** JSON text of the message that runs it. */
  readonly message: string;
  readonly attempt: number;
  readonly timeoutMs: number;
  /** How many workers may die on one run before it is given up. */
  readonly maxCrashes: number;
  readonly overlap: Overlap;
  /** End it as skipped, unless it has started. @default false */
  readonly skip?: boolean;
  readonly redriveOf: string | null;
}

/** A run that is ours now: its lock is held by the connection until that is destroyed or cleaned. */
export interface ClaimedRun extends ClaimedKey {
  /** Attempts whose SQL has failed; crashes are counted apart. */
  readonly failures: number;
  readonly errors: readonly AttemptError[];
  /** ISO 8601, by the database's clock. */
  readonly firstStartedAt: string;
  readonly startedAt: string;
}

/** A session that still holds a run's lock after its deadline. */
export interface OverdueSession {
  readonly pid: string;
  readonly start: string;
}

export type Claim =
  /**
   * `crashed`: too many workers died on it. `torn`: its SQL ended its transaction, and then its worker died or failed.
   * Both are claimed only to be ended.
   */
  | { readonly decision: 'claimed' | 'crashed' | 'torn'; readonly run: ClaimedRun }
  | { readonly decision: 'busy'; readonly overdue: OverdueSession | null }
  | { readonly decision: 'finished'; readonly event: Uint8Array }
  | { readonly decision: 'superseded'; readonly attempt: number; readonly waitSeconds: number }
  | { readonly decision: 'early'; readonly waitSeconds: number }
  /** Another run of the job is open: this one is to be skipped, or waits for its turn. `skip`: as it was asked. */
  | { readonly decision: 'overlap' | 'skip'; readonly id: string }
  | { readonly decision: 'queued' }
  | { readonly decision: 'conflict' };

const CLAIM = `
SELECT decision, id, attempt, failures, errors, encode(event, 'base64') AS event,
       greatest(0, wait_seconds) AS wait_seconds,
       to_json(first_started_at) #>> '{}' AS first_started_at, to_json(started_at) #>> '{}' AS started_at,
       overdue_pid, overdue_start, place
FROM nightshift.claim_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
  (SELECT jsonb_object_agg(pid, backend_start) FROM pg_stat_activity WHERE backend_start IS NOT NULL), $13)`;

/** Step 1 of the protocol, committed on its own: whose run is it, and what is there to do? */
export async function claimRun(connection: Connection, request: ClaimRequest): Promise<Claim> {
  const [row] = await connection.query(CLAIM, [
    request.runId,
    request.job,
    request.database,
    request.requestHash,
    request.scheduledFor,
    JSON.stringify(request.parameters),
    request.message,
    String(request.attempt),
    `${request.timeoutMs} milliseconds`,
    String(request.maxCrashes),
    request.overlap,
    String(request.skip ?? false),
    request.redriveOf,
  ]);
  if (row === undefined) throw new Error('nightshift.claim_run returned no row.');
  const text = (column: string): string => row[column] ?? '';
  const decision = text('decision');
  switch (decision) {
    case 'claimed':
    case 'crashed':
    case 'torn':
      return {
        decision,
        run: {
          id: text('id'),
          attempt: Number(text('attempt')),
          place: text('place'),
          failures: Number(text('failures')),
          errors: readAttemptErrors(text('errors')),
          firstStartedAt: utc(text('first_started_at')),
          startedAt: utc(text('started_at')),
        },
      };
    case 'busy': {
      const [pid, start] = [row['overdue_pid'], row['overdue_start']];
      return { decision, overdue: pid && start ? { pid, start } : null };
    }
    case 'finished':
      return { decision, event: Buffer.from(text('event'), 'base64') };
    case 'superseded':
      return { decision, attempt: Number(text('attempt')), waitSeconds: Number(text('wait_seconds')) };
    case 'early':
      return { decision, waitSeconds: Number(text('wait_seconds')) };
    case 'overlap':
    case 'skip':
      return { decision, id: text('id') };
    case 'queued':
    case 'conflict':
      return { decision };
    default:
      throw new Error(`nightshift.claim_run answered "${decision}", which this version does not know.`);
  }
}

/** The session runs in UTC; PostgreSQL writes that as +00:00. */
function utc(iso: string): string {
  return iso.replace(/\+00:00$/, 'Z');
}
