import { type JsonValue, parseJson } from '../../lib/json.ts';

/** A run as the ledger tells it; instants in ISO 8601, UTC. The form of `nightshift runs --json`. */
export interface RunRow {
  readonly runId: string;
  readonly job: string;
  readonly database: string;
  readonly state: string;
  readonly attempt: number;
  readonly scheduledFor: string | null;
  readonly receivedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Of a waiting run: when its next attempt may begin. */
  readonly notBefore: string | null;
  readonly publishedAt: string | null;
  readonly redriveOf: string | null;
  readonly parameters: JsonValue;
  /** What ended each attempt that failed. */
  readonly errors: JsonValue;
  /** The event of its outcome; null while it waits or runs. */
  readonly event: string | null;
}

export const isOpen = ({ state }: RunRow): boolean => state === 'waiting' || state === 'running';

/** Why it failed, waits for another attempt, or did not run; one line, not yet safe for a terminal. */
export function reasonOf(run: RunRow): string | null {
  const data = memberOf(run.event === null ? null : parseJson(run.event), 'data');
  const reason = memberOf(data, 'reason') ?? memberOf(memberOf(data, 'error'), 'message');
  if (typeof reason === 'string') return reason;
  const last = Array.isArray(run.errors) ? run.errors.at(-1) : null;
  const message = run.state === 'succeeded' ? null : memberOf(last, 'message');
  return typeof message === 'string' ? message : null;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null;
  // It is an object's own property.
  return (value as Record<string, unknown>)[key];
}
