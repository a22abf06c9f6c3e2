import type pg from 'pg';
import { DatabaseError } from './databaseError.ts';
import type { DatabaseTarget } from './databaseUrl.ts';
import { place } from './place.ts';
import { runQuery } from './statements.ts';

/**
 * What every session is started with, as PostgreSQL's `options` (libpq's PGOPTIONS). Set at the start they are what
 * RESET ALL and DISCARD ALL go back to, and they hold before the first statement. Times are milliseconds unless they
 * carry a unit. PostgreSQL 14 is the first to know all of them.
 */
export function sessionOptions(statementTimeoutMs: number): string {
  return Object.entries({
    // A worker that freezes in a transaction keeps its locks no longer than this,
    idle_in_transaction_session_timeout: '30s',
    // and one that freezes outside keeps its session lock (`transaction: false`) no longer than this.
    idle_session_timeout: '60s',
    // A running statement notices that its worker is gone,
    client_connection_check_interval: '10s',
    // even when the network fell silent: three probes, one every 10 s, after 20 s of silence,
    tcp_keepalives_idle: 20,
    tcp_keepalives_interval: 10,
    tcp_keepalives_count: 3,
    // and answers that nobody acknowledges are given up in the same time.
    tcp_user_timeout: '50s',
    statement_timeout: statementTimeoutMs,
    // Waiting for a lock is part of the statement's time.
    lock_timeout: 0,
    // The ledger's functions look anew at each step; a stricter default of the database's would fail two at once.
    default_transaction_isolation: 'read\\ committed',
    // Values come as text that does not depend on who logs in or where.
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    IntervalStyle: 'iso_8601',
    extra_float_digits: 1,
    bytea_output: 'hex',
  })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** The first with idle_session_timeout and client_connection_check_interval. */
const OLDEST_VERSION = 140_000;

/**
 * Looks at a new session, in one round trip, whether a job may run in it.
 * @throws DatabaseError `version`, `pooler`, `replica`.
 */
export async function checkSession(
  client: pg.ClientBase,
  target: DatabaseTarget,
  backendPid: number,
): Promise<void> {
  const [row] = await runQuery(
    client,
    `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS version_name,
            pg_backend_pid() AS pid, pg_is_in_recovery() AS replica`,
  );
  // A pooler tells its clients a key of its own, and hands their statements to any server process.
  if (Number(row?.['pid']) !== backendPid) throw poolerError(target);
  if (Number(row?.['version']) < OLDEST_VERSION)
    throw versionError(target, row?.['version_name'] ?? 'unknown');
  if (row?.['replica'] === 't') {
    throw new DatabaseError(
      'replica',
      `${place(target)} is a replica, or a primary that was demoted: it takes no changes. Point ${target.setting} at the primary; after a failover its name does so by itself within minutes.`,
    );
  }
}

export const poolerError = (target: DatabaseTarget, cause?: unknown) =>
  new DatabaseError(
    'pooler',
    `${place(target)} is a connection pooler (PgBouncer), which breaks locks and settings of a session. Point ${target.setting} at the server itself: on Azure the same host with port 5432 instead of 6432.`,
    { cause },
  );

export const versionError = (target: DatabaseTarget, version: string, cause?: unknown) =>
  new DatabaseError(
    'version',
    `${place(target)} is PostgreSQL ${version}; Nightshift needs 14 or later. Upgrade the server.`,
    { cause },
  );
