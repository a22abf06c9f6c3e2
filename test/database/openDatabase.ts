import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { inject } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions } from '../../src/lib/database/connection.ts';
import { type DatabaseTarget, parseDatabaseUrl } from '../../src/lib/database/databaseUrl.ts';
import { createIdentity } from '../../src/lib/database/identity.ts';
import { databaseScope } from '../../src/lib/database/scope.ts';
import type { TokenSource } from '../../src/lib/database/token.ts';

/** Fails the test when it is asked: for targets that need no token. */
export const noTokens: TokenSource = {
  token: () => Promise.reject(new Error('No token should be asked for.')),
  replace: () => Promise.reject(new Error('No token should be asked for.')),
};

export function targetOf(url: string): DatabaseTarget {
  const parsed = parseDatabaseUrl('DATABASE_URL', url);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.target;
}

export const openDatabase = (url: string, options: Partial<DatabaseOptions> = {}): Database =>
  createDatabase(targetOf(url), { tokens: noTokens, ...options });

/** Tokens from the shared identity endpoint, through @azure/identity; the system-assigned identity's by default. */
export function realTokens(clientId: string | null = null): TokenSource {
  // msal reads the process's own environment.
  Object.assign(process.env, inject('parts').identity.appService);
  return createIdentity(process.env, 'public').tokens(clientId, databaseScope('public'));
}

/** The port of 127.0.0.1 that it got. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo; a string is a pipe's.
  return (server.address() as AddressInfo).port;
}

/** A relay that, as PgBouncer does, tells each client a process id and a secret of its own making. */
export async function poolerBefore(postgres: { socketDirectory: string; port: number }) {
  const server = createServer((client) => {
    const backend = connect(`${postgres.socketDirectory}/.s.PGSQL.${postgres.port}`);
    for (const socket of [client, backend]) socket.on('error', () => socket.destroy());
    client.pipe(backend);
    backend.once('data', (chunk: Buffer) => {
      // BackendKeyData: K, length 12, process id, secret. It comes with the first answer.
      const key = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (key >= 0) chunk.writeInt32BE(4711, key + 5);
      client.write(chunk);
      backend.pipe(client);
    });
  });
  return { server, port: await listen(server) };
}

/** A relay that can fall silent: what is sent to it then goes nowhere, and nobody is told. */
export async function silentRelay(postgres: { socketDirectory: string; port: number }) {
  const sockets = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    const backend = connect(`${postgres.socketDirectory}/.s.PGSQL.${postgres.port}`);
    for (const [from, to] of [
      [client, backend],
      [backend, client],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => silent || to.write(chunk));
      from.on('close', () => silent || to.destroy());
      from.on('error', () => from.destroy());
    }
  });
  const port = await listen(server);
  return {
    port,
    fallSilent: () => {
      silent = true;
    },
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
