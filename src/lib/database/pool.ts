import pg from 'pg';
import { type BackendKey, sendCancelRequest } from './cancelRequest.ts';
import { type Attempt, connectFailure, isAuthenticationFailure } from './connectFailure.ts';
import type { DatabaseOptions } from './connection.ts';
import { DatabaseError } from './databaseError.ts';
import type { DatabaseTarget } from './databaseUrl.ts';
import { place } from './place.ts';
import { backendKey, clientClass } from './pooledClient.ts';
import { PooledConnection } from './pooledConnection.ts';
import { checkSession, sessionOptions } from './session.ts';
import { tlsOptions } from './tlsOptions.ts';

/** The connections of one target: few, checked when they are opened, and closed when nobody needs them. */
export interface Pool {
  /** @throws DatabaseError of every kind but `lost` and `sql`. */
  take(): Promise<PooledConnection>;
  close(): Promise<void>;
}

const DEFAULTS = {
  maxConnections: 5,
  connectTimeoutMs: 15_000,
  idleCloseMs: 10_000,
  statementTimeoutMs: 60_000,
  answerTimeoutMs: 75_000,
};

export async function openPool(target: DatabaseTarget, options: DatabaseOptions): Promise<Pool> {
  const { tokens } = options;
  const limits = { ...DEFAULTS, ...options };
  const tls = await tlsOptions(target);
  const attempts = new WeakMap<Error, Attempt>();
  const checked = new WeakMap<pg.PoolClient, BackendKey>();

  const Client = clientClass(attempts, async () =>
    target.password === null
      ? { password: (await tokens.token()).token, isToken: true }
      : { password: target.password, isToken: false },
  );
  const pool = new pg.Pool({
    // Discrete fields: a connectionString would throw the password function away and replace `ssl`. Each is given, or
    // pg takes it from the PG* variables of the environment.
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    ssl: tls ?? false,
    sslnegotiation: 'postgres',
    application_name: target.applicationName,
    options: sessionOptions(limits.statementTimeoutMs),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    max: limits.maxConnections,
    connectionTimeoutMillis: limits.connectTimeoutMs,
    idleTimeoutMillis: limits.idleCloseMs,
    // Unused connections keep no process from ending.
    allowExitOnIdle: true,
    Client,
  });
  // An unused connection that breaks has left the pool by now; the next use opens another.
  pool.on('error', () => {});

  const connect = async (): Promise<pg.PoolClient> => {
    const busy = pool.totalCount >= limits.maxConnections && pool.idleCount === 0;
    const since = performance.now();
    try {
      return await pool.connect();
    } catch (error) {
      // pg's own errors are Errors.
      const reported = error as Error;
      if (isKnown(reported) || performance.now() - since < limits.connectTimeoutMs - 100) throw reported;
      throw timedOut(target, limits, busy, reported);
    }
  };

  /** A token that was taken back, or that a wrong clock took for valid, is replaced once. */
  const connectWithFreshToken = async (): Promise<pg.PoolClient> => {
    try {
      return await connect();
    } catch (error) {
      const rejected = attempts.get(error as Error)?.token;
      if (!rejected || !isAuthenticationFailure(error)) throw error;
      if ((await tokens.replace(rejected)).token === rejected) throw error;
      return connect();
    }
  };

  return {
    async take() {
      try {
        const client = await connectWithFreshToken();
        const key = checked.get(client) ?? (await check(client, target, limits.connectTimeoutMs));
        checked.set(client, key);
        return new PooledConnection(client, key.pid, limits.answerTimeoutMs, () =>
          sendCancelRequest(target, tls, key),
        );
      } catch (error) {
        throw connectFailure(target, error as Error, attempts.get(error as Error) ?? null);
      }
    },
    close: () => pool.end(),
  };
}

async function check(client: pg.PoolClient, target: DatabaseTarget, timeoutMs: number): Promise<BackendKey> {
  const timer = setTimeout(() => client.connection.stream.destroy(), timeoutMs);
  try {
    const key = backendKey(client);
    await checkSession(client, target, key.pid);
    return key;
  } catch (error) {
    client.release(true);
    // Nothing of the caller's was executed: to it, the server is away.
    if (error instanceof DatabaseError && (error.kind === 'lost' || error.kind === 'sql')) {
      throw new DatabaseError('away', `${place(target)} could not be asked what it is: ${error.message}`, {
        sqlState: error.sqlState,
        cause: error,
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const isKnown = (error: Error) =>
  error instanceof DatabaseError || error instanceof pg.DatabaseError || 'code' in error;

function timedOut(
  target: DatabaseTarget,
  limits: typeof DEFAULTS,
  busy: boolean,
  cause: Error,
): DatabaseError {
  const seconds = limits.connectTimeoutMs / 1000;
  const what = busy
    ? `has all its ${limits.maxConnections} connections in use, and none became free within ${seconds} s. It will be tried again.`
    : `did not answer within ${seconds} s. Check the firewall, the virtual network, and that the server is running.`;
  return new DatabaseError('away', `${place(target)} ${what}`, { cause });
}
