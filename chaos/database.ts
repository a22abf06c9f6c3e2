import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Postgres } from '../local/postgres.ts';

export const DATABASE = 'chaos';

/** A row of nightshift.runs, as far as the account goes. */
export interface LedgerRow {
  readonly runId: string;
  readonly job: string;
  readonly state: string;
  readonly attempt: number;
  readonly failures: number;
  readonly crashes: number;
  readonly event: Buffer | null;
  readonly published: boolean;
}

export interface Effect {
  readonly runId: string;
  readonly job: string;
  readonly attempt: number;
  readonly amount: number;
  readonly alone: boolean;
  /** Epoch milliseconds. */
  readonly beganAt: number;
  readonly endedAt: number | null;
}

export interface DeadLetter {
  readonly queue: string;
  readonly messageId: string;
  readonly body: string;
  readonly event: Buffer;
}

/** What the database says at the end. */
export interface DatabaseState {
  readonly runs: readonly LedgerRow[];
  readonly effects: readonly Effect[];
  readonly deadLetters: readonly DeadLetter[];
  /** Sum of all counters. */
  readonly total: number;
}

/** @param setUpLedger runs between the database's creation and that of the tables, which need its logins */
export async function createHarnessSchema(
  postgres: Postgres,
  setUpLedger: () => Promise<void>,
): Promise<void> {
  await query(postgres.superuserUrl(), `CREATE DATABASE ${DATABASE}`);
  await setUpLedger();
  await query(
    postgres.superuserUrl(DATABASE),
    await readFile(join(import.meta.dirname, 'schema.sql'), 'utf8'),
  );
}

/** Runs that have no outcome yet, and outcomes and dead letters whose event is not noted as told. */
export async function countUnsettled(postgres: Postgres): Promise<{ open: number; untold: number }> {
  const [row] = await query(
    postgres.superuserUrl(DATABASE),
    `SELECT count(*) FILTER (WHERE event IS NULL)::integer AS open,
            (SELECT count(*) FROM nightshift.dead_letters WHERE published_at IS NULL)::integer +
            count(*) FILTER (WHERE event IS NOT NULL AND published_at IS NULL)::integer AS untold
     FROM nightshift.runs`,
  );
  // The columns of the statement above.
  return row as { open: number; untold: number };
}

export async function readDatabase(postgres: Postgres): Promise<DatabaseState> {
  const url = postgres.superuserUrl(DATABASE);
  const runs = await query(
    url,
    `SELECT run_id AS "runId", job, state, attempt, failures, crashes, event, published_at IS NOT NULL AS published
     FROM nightshift.runs`,
  );
  const effects = await query(
    url,
    `SELECT run_id AS "runId", job, attempt, amount::float8 AS amount, alone,
            extract(epoch FROM began_at)::float8 * 1000 AS "beganAt",
            extract(epoch FROM ended_at)::float8 * 1000 AS "endedAt"
     FROM chaos.effects`,
  );
  const deadLetters = await query(
    url,
    'SELECT queue, message_id AS "messageId", body, event FROM nightshift.dead_letters',
  );
  const [sum] = await query(url, 'SELECT sum(total)::float8 AS total FROM chaos.counters');
  // The columns of the statements above, in the types that pg gives them.
  return {
    runs: runs as LedgerRow[],
    effects: effects as Effect[],
    deadLetters: (deadLetters as { queue: string; messageId: string; body: Buffer; event: Buffer }[]).map(
      (letter) => ({ ...letter, body: letter.body.toString() }),
    ),
    total: (sum as { total: number }).total,
  };
}

async function query(connectionString: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString });
  // A server that is restarted meanwhile is told by the query.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
