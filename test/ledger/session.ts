import type pg from 'pg';
import type { Connection } from '../../src/lib/database/connection.ts';
import { openDatabase } from '../database/openDatabase.ts';
import type { TestDatabase } from '../support/database.ts';

/** One session of the app's login, as a worker holds it for a run. */
export interface Session {
  readonly connection: Connection;
  /** Gives the connection back, as when the work is done: it may be used again by `again`. */
  done(): Promise<void>;
  /** Takes the connection out of the pool once more. */
  again(): Promise<Session>;
  /** Ends the session as a dying worker does, and waits until the server has noticed. */
  die(): Promise<void>;
  close(): Promise<void>;
}

export type Sessions = ReturnType<typeof sessionsOf>;

/** Opens sessions by the unix socket; `closeAll` ends those that are left. */
export function sessionsOf(database: TestDatabase, owner: pg.Client) {
  const url = database.ownerUrl.replace('//postgres@', '//nightshift-app@');
  const open = new Set<Session>();

  async function session(): Promise<Session> {
    const pool = openDatabase(url, { maxConnections: 1 });
    let latest = async () => {};
    const opened = await take();
    open.add(opened);
    return opened;

    async function take(): Promise<Session> {
      const { promise: released, resolve: release } = Promise.withResolvers<void>();
      const { promise: taken, resolve: give, reject } = Promise.withResolvers<Connection>();
      const use = pool.withConnection((connection) => {
        give(connection);
        return released;
      });
      use.catch(reject);
      const connection = await taken;
      const done = async () => {
        release();
        await use;
        await unlocked(owner, connection.backendPid);
      };
      latest = done;
      return {
        connection,
        done,
        async again() {
          await done();
          return take();
        },
        async die() {
          connection.destroy();
          await done();
          await gone(owner, connection.backendPid);
        },
        async close() {
          await latest();
          await pool.close();
        },
      };
    }
  }

  return {
    session,
    async closeAll() {
      for (const each of open) await each.close();
      open.clear();
    },
  };
}

/** Waits until the server has ended a session, and so given up its locks. */
export const gone = (owner: pg.Client, backendPid: number) =>
  none(owner, 'SELECT FROM pg_stat_activity WHERE pid = $1', backendPid);

/** Waits until a session that was given back is cleaned, which nobody waits for otherwise. */
const unlocked = (owner: pg.Client, backendPid: number) =>
  none(owner, "SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = $1", backendPid);

async function none(owner: pg.Client, sql: string, backendPid: number): Promise<void> {
  const until = Date.now() + 20_000;
  for (;;) {
    const { rowCount } = await owner.query(sql, [backendPid]);
    if (rowCount === 0) return;
    if (Date.now() > until) throw new Error(`Session ${backendPid} keeps what it should give up: ${sql}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
