import type { Connection } from '../database/connection.ts';
import type { OverdueSession } from '../ledger/claim.ts';

/**
 * Ends exactly the session that holds a run's lock past its deadline: the process id alone may have been given to
 * another by now. The app's login may end its own sessions, and no others.
 */
export async function endOverdueSession(connection: Connection, session: OverdueSession): Promise<boolean> {
  const rows = await connection.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2',
    [session.pid, session.start],
  );
  return rows.length > 0;
}

/** Ends a session that was ours until a moment ago, and waits until it is gone, for five seconds at most. */
export async function endSession(connection: Connection, pid: number): Promise<void> {
  await connection.query(
    'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = $1 AND usename = session_user',
    [String(pid)],
  );
}
