import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  checkServerIdentity,
  connect as connectTls,
  type DetailedPeerCertificate,
  type TLSSocket,
} from 'node:tls';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import { tlsOptions } from '../../lib/database/tlsOptions.ts';

/** postgresql.org/docs/current/protocol-message-formats.html, SSLRequest */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const TIMEOUT_MS = 5_000;

export interface Handshake {
  readonly protocol: string;
  /** From the server's own certificate towards the root. */
  readonly chain: readonly DetailedPeerCertificate[];
  /** Why the chain or the name is not to be trusted; null where all is well. */
  readonly problem: { readonly code: string; readonly message: string } | null;
}

/**
 * Goes as far as TLS, as a driver does, and looks at the certificates even where they are not to be trusted.
 *
 * @returns null where the server does not offer TLS
 * @throws Error when the connection breaks; DatabaseError for a root certificate that cannot be read
 */
export async function shakeHands(target: DatabaseTarget): Promise<Handshake | null> {
  const options = await tlsOptions(target);
  const socket = connect({ host: target.host, port: target.port, timeout: TIMEOUT_MS });
  socket.once('timeout', () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
  try {
    await once(socket, 'connect');
    socket.write(SSL_REQUEST);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (answer.toString('latin1', 0, 1) !== 'S') return null;
    const secured = connectTls({ ...options, socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    return look(secured, target);
  } finally {
    socket.destroy();
  }
}

function look(secured: TLSSocket & Socket, target: DatabaseTarget): Handshake {
  const certificate = secured.getPeerCertificate(true);
  const wrongName = target.tls === 'verify-full' ? checkServerIdentity(target.host, certificate) : undefined;
  // The type says Error; in fact it is OpenSSL's code as a text, or an Error for what Node found itself.
  const untrusted = target.tls === 'require' ? null : (secured.authorizationError as Error | string | null);
  const problem = untrusted ? describe(untrusted) : wrongName ? describe(wrongName) : null;
  return { protocol: secured.getProtocol() ?? 'unknown', chain: chainOf(certificate), problem };
}

function describe(error: Error | string) {
  if (typeof error === 'string') return { code: error, message: error };
  const { code } = error as NodeJS.ErrnoException;
  return { code: code ?? error.name, message: error.message };
}

/** A root is its own issuer; the list would have no end. */
function chainOf(certificate: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain: DetailedPeerCertificate[] = [];
  let current: DetailedPeerCertificate | undefined = certificate;
  while (
    current !== undefined &&
    current.subject !== undefined &&
    !chain.some((each) => each.fingerprint256 === current?.fingerprint256)
  ) {
    chain.push(current);
    current = current.issuerCertificate;
  }
  return chain;
}
