import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresAccount } from './postgres/account.ts';
import { findBinaries } from './postgres/binaries.ts';
import { makeFolders } from './postgres/folders.ts';
import { runProgram, type ServerProcess, startServer } from './postgres/server.ts';
import { type PostgresSettings, settingsArguments } from './postgres/settings.ts';

export interface PostgresOptions extends PostgresSettings {
  /** Also listen on this port of 127.0.0.1, without TLS, for roles with a password. @default no TCP at all */
  readonly tcpPort?: number;
}

export interface Postgres {
  /** The folder of the unix socket, 0700: whoever may enter it logs in as any role, without a password. */
  readonly socketDirectory: string;
  /** Names the socket's file (`.s.PGSQL.<port>`); also the TCP port where there is one. */
  readonly port: number;
  /** The postmaster's. */
  pid(): number;
  /** A connection URL of the superuser `postgres` by the unix socket. */
  superuserUrl(database?: string): string;
  /** What the server has written to its log so far (the last megabyte). */
  log(): string;
  /** `fast` lets no transaction finish and writes a checkpoint; `immediate` is a crash with recovery. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL to the postmaster; the server is away until `start`. */
  kill(): Promise<void>;
  /** Starts it again on the same data after `kill`. */
  start(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

const LOG_KEPT = 1_000_000;

/**
 * Starts a new, empty PostgreSQL (the one that npm installed) that lives no longer than this process.
 * Its only door is a unix socket, unless `tcpPort` opens another.
 * @throws Error with the server's own words when it does not start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const account = postgresAccount();
  const folders = makeFolders(account);
  const binaries = findBinaries(account !== null, folders.programs);
  const port = options.tcpPort ?? 5432;
  let log = '';
  const command = {
    account,
    home: folders.home,
    onLog: (text: string) => {
      log = (log + text).slice(-LOG_KEPT);
    },
  };
  const serverArguments = [
    ...['-D', folders.data, '-p', String(port)],
    // Quoted: the value is a list, and the path may hold a space or a comma.
    ...['-c', `unix_socket_directories="${folders.sockets}"`],
    ...['-c', `listen_addresses=${options.tcpPort === undefined ? '' : '127.0.0.1'}`],
    ...settingsArguments(options),
  ];

  let server: ServerProcess;
  const start = async () => {
    server = await startServer({ ...command, program: binaries.postgres, args: serverArguments });
  };
  const end = async (signal: NodeJS.Signals) => {
    server.signal(signal);
    await server.ended;
  };
  const removeFolders = () => rm(folders.home, { recursive: true, force: true, maxRetries: 5 });

  try {
    await runProgram({ ...command, program: binaries.initdb, args: initArguments(folders.data) });
    await start();
  } catch (error) {
    await removeFolders();
    throw error;
  }

  return {
    socketDirectory: folders.sockets,
    port,
    pid: () => server.pid,
    superuserUrl: (database = 'postgres') =>
      `postgresql://postgres@/${encodeURIComponent(database)}?host=${encodeURIComponent(folders.sockets)}&port=${port}`,
    log: () => log,
    restart: async (mode) => {
      await end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await start();
    },
    kill: () => end('SIGKILL'),
    start: () => startOnceAbandoned(start),
    stop: async () => {
      await end('SIGINT');
      await removeFolders();
    },
  };
}

function initArguments(data: string): string[] {
  return [
    ...['-D', data, '-U', 'postgres', '--encoding=UTF8', '--no-sync', '--no-instructions'],
    // The socket's folder is the lock on the door; TCP, where it is opened, asks for passwords.
    ...['--auth-local=trust', '--auth-host=scram-sha-256'],
    // PostgreSQL's own locale: the machine's may be missing, and differ from one machine to the next.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ];
}

/** After a SIGKILL the backends hold the data for a moment longer, and a new postmaster refuses to start. */
async function startOnceAbandoned(start: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await start();
    } catch (error) {
      if (tries === 50 || !/still in use|already exists/.test(String(error))) throw error;
      await sleep(100);
    }
  }
}
