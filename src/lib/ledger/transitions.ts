import type { Connection } from '../database/connection.ts';
import type { RunOutcome } from '../messages/event.ts';
import type { AttemptError } from '../messages/resultData.ts';

/** Which attempt of which run a transition leaves; another one's is not touched. */
export interface AttemptKey {
  readonly id: string;
  readonly attempt: number;
}

/** Also, where the claim left its row: the server finds it there without a search. */
export interface ClaimedKey extends AttemptKey {
  /** PostgreSQL's tid, such as `(0,1)`. */
  readonly place: string;
}

/** First in the job's batch: text, as a batch has no parameters. Nothing after it runs if it raises. */
export function beginRunSql(
  { id, attempt, place }: ClaimedKey,
  timeoutMs: number,
  transaction: boolean,
): string {
  if (!/^\(\d+,\d+\)$/.test(place)) throw new Error(`A row's place is a pair of numbers, not "${place}".`);
  return `SELECT nightshift.begin_run(${digits(id)}::bigint, '${place}'::tid, ${attempt}, ${timeoutMs}, ${transaction});`;
}

/** Last in the job's transaction. Hex, so that no setting of the job's can change how it is read. */
export function finishRunSql({ id, attempt }: AttemptKey, event: Uint8Array): string {
  return `SELECT nightshift.finish_run(${digits(id)}::bigint, ${attempt}, pg_catalog.decode('${Buffer.from(event).toString('hex')}', 'hex'));`;
}

/** running n -> waiting n + 1. False: the run has moved on without us. */
export async function retryRun(
  connection: Connection,
  { id, attempt }: AttemptKey,
  error: AttemptError,
  delaySeconds: number,
): Promise<boolean> {
  const [row] = await connection.query('SELECT nightshift.retry_run($1, $2, $3, $4) AS moved', [
    id,
    String(attempt),
    JSON.stringify(error),
    `${delaySeconds} seconds`,
  ]);
  return row?.['moved'] === 't';
}

/** running n -> waiting n + 1 at once, counted neither as a failure nor as a crash. */
export async function handBackRun(
  connection: Connection,
  { id, attempt }: AttemptKey,
  error: AttemptError,
): Promise<boolean> {
  const [row] = await connection.query('SELECT nightshift.hand_back_run($1, $2, $3) AS moved', [
    id,
    String(attempt),
    JSON.stringify(error),
  ]);
  return row?.['moved'] === 't';
}

/** running n -> an outcome, outside a job's transaction. False: the run has moved on without us. */
export async function endRun(
  connection: Connection,
  { id, attempt }: AttemptKey,
  outcome: RunOutcome,
  error: AttemptError | null,
  event: Uint8Array,
): Promise<boolean> {
  const [row] = await connection.query(
    "SELECT nightshift.end_run($1, $2, $3, $4, pg_catalog.decode($5, 'hex')) AS moved",
    [
      id,
      String(attempt),
      outcome,
      error === null ? null : JSON.stringify(error),
      Buffer.from(event).toString('hex'),
    ],
  );
  return row?.['moved'] === 't';
}

/** waiting -> skipped or missed, for the claim that was told `overlap` or `skip`. */
export async function skipRun(
  connection: Connection,
  id: string,
  outcome: 'skipped' | 'missed',
  event: Uint8Array,
): Promise<boolean> {
  const [row] = await connection.query("SELECT nightshift.skip_run($1, $2, decode($3, 'hex')) AS moved", [
    id,
    outcome,
    Buffer.from(event).toString('hex'),
  ]);
  return row?.['moved'] === 't';
}

function digits(id: string): string {
  if (!/^\d+$/.test(id)) throw new Error(`A run's id in the ledger is a number, not "${id}".`);
  return id;
}
