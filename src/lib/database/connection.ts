import type { DatabaseTarget } from './databaseUrl.ts';
import { openPool, type Pool } from './pool.ts';
import type { TokenSource } from './token.ts';

export interface DatabaseOptions {
  /** Asked when the server wants a password and the target has none. Share one for each identity and scope. */
  readonly tokens: TokenSource;
  /** Connections at most. @default 5 (four runs at a time and one for everything else) */
  readonly maxConnections?: number;
  /** Milliseconds for a connection to be ready, or to become free. @default 15,000 */
  readonly connectTimeoutMs?: number;
  /** Milliseconds an unused connection is kept. @default 10,000 */
  readonly idleCloseMs?: number;
  /**
   * Milliseconds to wait for the answer to `query` and `command`; then the session is ended and `lost`, as a network
   * that swallows the answer tells nobody. @default 75,000, so that the server's own limit comes first
   */
  readonly answerTimeoutMs?: number;
  /** The server's limit for a statement, unless the statement's transaction sets its own; 0 for none. @default 60,000 */
  readonly statementTimeoutMs?: number;
}

export interface Database {
  readonly target: DatabaseTarget;
  /**
   * Runs `work` on a connection that nobody else uses meanwhile, and that no one before has left anything on.
   * Do not keep the connection: it is unusable once `work` has settled.
   * @throws DatabaseError if there is no connection to be had (every kind but `lost` and `sql`), and what `work` throws.
   */
  withConnection<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Ends the unused connections now and the others when their work is done; resolves when all are ended. */
  close(): Promise<void>;
}

/** One session. One thing at a time: a second call before the first has settled is refused. */
export interface Connection {
  /** The process id of the server process, as pg_stat_activity shows it. */
  readonly backendPid: number;
  /** Whether a transaction block was open, sound or failed, when the last request ended. */
  readonly inTransaction: boolean;
  /** One statement of ours with its parameters ($1...), all in PostgreSQL's text form. Rows are kept in memory: small results only. */
  query(text: string, values?: readonly (string | null)[]): Promise<TextRow[]>;
  /**
   * Any number of statements in one message and one round trip (the simple query protocol). Rows stream to the handlers
   * and are not kept. Ends with the last statement, or the first that fails.
   * @throws SqlError with the statement's index; DatabaseError `lost`.
   */
  script(text: string, handlers?: ScriptHandlers): Promise<ScriptResult>;
  /** As `script`, for statements of ours that take moments, as `query` does: an answer that does not come is not waited for. */
  command(text: string): Promise<ScriptResult>;
  /**
   * One statement with parameters, executed only if the server promises rows when it describes it, and only up to
   * `maxRows`. Resolves with false when it promises none: nothing was executed then. The handlers may throw to break
   * off: the session ends, and the promise rejects with what they threw.
   * @throws SqlError; DatabaseError `lost`.
   */
  portal(request: PortalRequest, handlers: PortalHandlers): Promise<boolean>;
  /**
   * Asks the server to end the statement that is running now, by a CancelRequest (no login is needed or used). Resolves
   * when the server has passed it on; the statement then fails with 57014, if it was still running. The connection is
   * destroyed after its use, as the request may also hit what runs next.
   */
  cancel(): Promise<void>;
  /** Ends the session now: the server rolls back and releases what it held. Safe to call twice. */
  destroy(): void;
}

/** A row by column name, each value in PostgreSQL's text form. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface Column {
  readonly name: string;
  readonly typeOid: number;
}

export interface ScriptHandlers {
  /** A statement begins to return rows. `statementIndex` counts from 0. */
  onColumns?(statementIndex: number, columns: readonly Column[]): void;
  /** A row of the statement that was announced last, in column order, each value in PostgreSQL's text form. */
  onRow?(values: readonly (string | null)[]): void;
  /** A row of that statement was left out because it is larger than a worker's memory should hold (16 MiB). */
  onRowTooLarge?(bytes: number): void;
  /** RAISE NOTICE and the like, as the server words them. */
  onNotice?(severity: string, message: string): void;
}

export interface PortalRequest {
  readonly text: string;
  /** $1, $2..., in PostgreSQL's text form. */
  readonly values: readonly (string | null)[];
  /** From 1. */
  readonly maxRows: number;
}

export interface PortalHandlers {
  onColumns(columns: readonly Column[]): void;
  onRow(values: readonly (string | null)[]): void;
  /** See ScriptHandlers. */
  onRowTooLarge(bytes: number): void;
}

export interface ScriptResult {
  /** One for each statement that completed, in order. */
  readonly commands: readonly Command[];
}

export interface Command {
  /** The command tag without its numbers: `INSERT`, `SELECT`, `CREATE TABLE`. */
  readonly command: string;
  /** Null for a command that counts no rows. */
  readonly rowCount: number | null;
}

/**
 * The only way to a database. Opens nothing yet: the first use does.
 */
export function createDatabase(target: DatabaseTarget, options: DatabaseOptions): Database {
  let pool: Promise<Pool> | null = null;
  let closing: Promise<void> | null = null;
  return {
    target,
    async withConnection(work) {
      if (closing) throw new Error(`The database of ${target.setting} was closed.`);
      // What it needs of the file system may be there the next time.
      pool ??= openPool(target, options).catch((error) => {
        pool = null;
        throw error;
      });
      const connection = await (await pool).take();
      try {
        return await work(connection);
      } finally {
        // The caller does not wait for the round trip that cleans up.
        void connection.finish();
      }
    },
    close() {
      closing ??= (async () => (await pool?.catch(() => null))?.close())();
      return closing;
    },
  };
}
