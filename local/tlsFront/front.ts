import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { makeServerCertificate } from './certificate.ts';
import { openConnection } from './handshake.ts';
import { askForPassword, isRightPassword, type Login, type Trust } from './login.ts';
import { fatalError } from './protocol.ts';
import { connectToServer, splice } from './relay.ts';

export interface TlsFrontOptions {
  /** Where the server behind it listens; it must trust whoever comes by its unix socket. */
  readonly server: { readonly socketDirectory: string; readonly port: number };
  readonly trust: Trust;
  /** By the name of the role; no other role can log in. */
  readonly logins: Readonly<Record<string, Login>>;
  /** Where to write the certificate of the authority that signed the front's own. */
  readonly caFile: string;
  /** @default a free port of 127.0.0.1 */
  readonly port?: number;
}

export interface TlsFront {
  readonly port: number;
  readonly caFile: string;
  /** A connection URL without a password, which asks for everything to be verified. */
  url(role: string, database: string): string;
  /** Open connections, those that are logging in included. */
  connections(): number;
  /** Breaks every open connection with a TCP reset. */
  cutAll(): void;
  /** From now on connections are refused, as when the server is down; open ones stay. */
  refuse(): Promise<void>;
  /** Takes connections again, on the same port. */
  accept(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL's own authentication_timeout. */
const LOGIN_TIMEOUT_MS = 60_000;

/**
 * Stands before PostgreSQL as Azure's gateway does: no connection without TLS, and the password of a role is a
 * token of the identity that the role belongs to. Any number of tokens is valid at once.
 */
export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
  const { authority, certificate, key } = await makeServerCertificate();
  await writeFile(options.caFile, authority);
  const context = createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.2' });
  const serverPath = `${options.server.socketDirectory}/.s.PGSQL.${options.server.port}`;
  const open = new Set<Socket>();

  const serve = async (plain: Socket): Promise<void> => {
    const impatience = setTimeout(() => plain.destroy(), LOGIN_TIMEOUT_MS);
    plain.once('close', () => clearTimeout(impatience));
    const opening = await openConnection(plain, context);
    const { socket: client, packet } = opening;
    client.on('error', () => client.destroy());
    if (opening.kind === 'login') {
      const { user, database, encrypted } = opening;
      if (!encrypted) {
        const where = `host "${plain.remoteAddress}", user "${user}", database "${database}", no encryption`;
        return void client.end(fatalError('28000', `no pg_hba.conf entry for ${where}`));
      }
      const password = await askForPassword(client);
      const login = Object.hasOwn(options.logins, user) ? options.logins[user] : undefined;
      if (login === undefined || !(await isRightPassword(login, password, options.trust))) {
        return void client.end(fatalError('28P01', `password authentication failed for user "${user}"`));
      }
    }
    clearTimeout(impatience);
    const server = await connectToServer(serverPath).catch(() => null);
    if (server === null) return reset(plain);
    server.write(packet);
    await splice(client, server);
  };

  const listener = createServer({ noDelay: true }, (plain) => {
    open.add(plain);
    plain.once('close', () => open.delete(plain));
    plain.on('error', () => plain.destroy());
    // Not a reset: TLS may be closing the socket below already, which `writable` does not show.
    serve(plain).catch(() => plain.destroy());
  });
  const accept = async (port: number) => {
    listener.listen(port, '127.0.0.1');
    await once(listener, 'listening');
    // A listener on TCP has an AddressInfo; a string is a pipe's, null is one that does not listen.
    return (listener.address() as AddressInfo).port;
  };
  const cutAll = () => {
    for (const socket of open) reset(socket);
  };
  const port = await accept(options.port ?? 0);

  return {
    port,
    caFile: options.caFile,
    url: (role, database) =>
      `postgresql://${encodeURIComponent(role)}@localhost:${port}/${encodeURIComponent(database)}` +
      `?sslmode=verify-full&sslrootcert=${encodeURIComponent(options.caFile)}`,
    connections: () => open.size,
    cutAll,
    refuse: async () => {
      // close() waits for the open connections too, but stops listening at once.
      listener.close();
    },
    accept: async () => {
      await accept(port);
    },
    stop: async () => {
      listener.close();
      cutAll();
    },
  };
}

/** A socket that has said its last word cannot be reset: Node would fail and never tell that it is closed. */
function reset(socket: Socket): void {
  if (socket.writable) socket.resetAndDestroy();
  else socket.destroy();
}
