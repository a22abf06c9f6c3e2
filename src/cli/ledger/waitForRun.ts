import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Connection } from '../../lib/database/connection.ts';
import { decodeBody } from '../../lib/messages/decode.ts';
import type { Connections } from '../connections.ts';
import { timeText } from '../output/time.ts';
import { listRuns } from './listRuns.ts';
import { type RunRow, reasonOf } from './runRow.ts';

export interface AwaitedRun {
  /** As the user gave it, without its namespace. */
  readonly userRunId: string;
  readonly database: string;
}

/**
 * Asks the ledger until the run has an outcome, there or as a rejected message.
 *
 * @param onProgress what it waits for, in a sentence
 * @returns the event's JSON; null when the time is up
 */
export async function waitForRun(
  connections: Connections,
  run: AwaitedRun,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  onProgress: (text: string) => void,
): Promise<string | null> {
  const until = performance.now() + options.timeoutMs;
  const runId = `user:${run.userRunId}`;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)) {
    options.signal.throwIfAborted();
    const [row] = await connections.ledger(run.database, (connection) =>
      listRuns(connection, { runId, limit: 1 }),
    );
    if (row?.event) return row.event;
    const rejected = row === undefined ? await rejection(connections, run.userRunId) : null;
    if (rejected !== null) return rejected;
    onProgress(progressText(row));
    const left = until - performance.now();
    if (left <= 0) return null;
    await sleep(Math.min(pause, left), undefined, { signal: options.signal });
  }
}

const FIRST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 1_000;

function progressText(row: RunRow | undefined): string {
  if (row === undefined) return 'Waiting for the app to take it';
  if (row.state === 'running') return `Running, attempt ${row.attempt}`;
  const reason = reasonOf(row);
  const when = row.notBefore === null ? 'soon' : `at ${timeText(new Date(row.notBefore))}`;
  return `Attempt ${row.attempt} comes ${when}${reason === null ? '' : `; the last one failed: ${reason}`}`;
}

/** A message that cannot be run has no row among the runs: it is kept in the home database, with its event. */
function rejection(connections: Connections, userRunId: string): Promise<string | null> {
  const { jobs } = connections.settings.queues;
  return connections.ledger('main', async (connection) => {
    for (const queue of [jobs, `${jobs}-poison`]) {
      const letters = await newestDeadLetters(connection, queue);
      const found = letters.find(({ body }) => names(body, userRunId));
      if (found) return found.event;
    }
    return null;
  });
}

/** Ours is among the newest, unless more than these were rejected within a second. */
const NEWEST = 20;

async function newestDeadLetters(connection: Connection, queue: string) {
  const rows = await connection.query(
    `SELECT encode(body, 'base64') AS body, convert_from(event, 'UTF8') AS event
     FROM nightshift.list_dead_letters(NULL, $1, $2)`,
    [queue, String(NEWEST)],
  );
  return rows.map((row) => ({ body: Buffer.from(row['body'] ?? '', 'base64'), event: row['event'] ?? '' }));
}

function names(body: Uint8Array, userRunId: string): boolean {
  const decoded = decodeBody(body);
  if (!decoded.ok) return false;
  const message = z.object({ runId: z.literal(userRunId) });
  return message.safeParse(decoded.value).success;
}
