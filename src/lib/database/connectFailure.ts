import pg from 'pg';
import { DatabaseError, type DatabaseErrorKind } from './databaseError.ts';
import type { DatabaseTarget } from './databaseUrl.ts';
import { place } from './place.ts';
import { poolerError, versionError } from './session.ts';
import { classify } from './sqlState.ts';
import { TokenError } from './tokenError.ts';

/** How far an attempt to connect had come. */
export interface Attempt {
  /** The TCP connection stood. */
  connected: boolean;
  /** TLS stood, or is not wanted. */
  secured: boolean;
  /** The token that was sent as the password. */
  token: string | null;
}

/** Why there is no connection, from what pg reports about the attempt; null when the attempt is not known. */
export function connectFailure(target: DatabaseTarget, error: Error, attempt: Attempt | null): DatabaseError {
  if (error instanceof DatabaseError) return error;
  if (error instanceof TokenError) {
    return new DatabaseError('away', `${place(target)} asks for a token. ${error.message}`, { cause: error });
  }
  if (error instanceof pg.DatabaseError) return serverRefusal(target, error, attempt);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined ? attempt?.connected && !attempt.secured : isTlsCode(code)) {
    return new DatabaseError(
      'tls',
      `${place(target)} did not prove who it is: ${error.message}. ${tlsAdvice(target, code)}`,
      { cause: error },
    );
  }
  return new DatabaseError('away', `${place(target)} cannot be reached: ${reason(error, code)}`, {
    cause: error,
  });
}

/** Whether the server may have refused the token for its age, so that another might do. */
export const isAuthenticationFailure = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && (error.code === '28P01' || error.code === '28000');

function serverRefusal(
  target: DatabaseTarget,
  error: pg.DatabaseError,
  attempt: Attempt | null,
): DatabaseError {
  const sqlState = error.code ?? '';
  // Only a pooler finds a protocol error in pg's start: it answers so to settings that it does not know.
  if (sqlState === '08P01') return poolerError(target, error);
  // undefined_object, at the start: a setting of sessionOptions that this version does not have.
  if (sqlState === '42704') return versionError(target, 'older than 14', error);
  const kind: DatabaseErrorKind = classify(sqlState) === 'final' ? 'refused' : 'away';
  const advice = kind === 'away' ? awayAdvice(sqlState) : refusedAdvice(target, sqlState, attempt);
  return new DatabaseError(kind, `${place(target)} refused ${target.user}: ${error.message}. ${advice}`, {
    sqlState,
    cause: error,
  });
}

const awayAdvice = (sqlState: string) =>
  sqlState === '53300'
    ? 'Lower the number of instances, or raise the CONNECTION LIMIT of the role or the server.'
    : 'It will be tried again.';

function refusedAdvice(
  { setting, user, database }: DatabaseTarget,
  sqlState: string,
  attempt: Attempt | null,
): string {
  if (sqlState === '3D000') return `Create the database ${database}, or correct its name in ${setting}.`;
  if (sqlState === '42501') return `GRANT CONNECT ON DATABASE "${database}" TO "${user}".`;
  if (!sqlState.startsWith('28')) return '';
  return attempt?.token
    ? `The token is good for its identity, so the server has no role "${user}" for it, or one of another identity: \`nightshift setup\` shows how to create it. If the server is meant to take a password, put it into ${setting}.`
    : `Check the user and the password in ${setting}, and the server's rules for who may connect from where (pg_hba.conf).`;
}

/** OpenSSL's reasons for a certificate it does not trust (X509_V_ERR_*), and those of Node and the protocol. */
const isTlsCode = (code: string) =>
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|EPROTO)/.test(
    code,
  );

function tlsAdvice({ setting, host, rootCertificate }: DatabaseTarget, code: string | undefined): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `Use in ${setting} a name that the server's certificate has (not ${host}).`;
  }
  if (code === 'CERT_HAS_EXPIRED') return "Renew the server's certificate.";
  if (code === undefined) return `Switch TLS on in the server, or correct host and port in ${setting}.`;
  return rootCertificate === null
    ? `If the server has a certificate authority of its own, name its root by sslrootcert in ${setting}.`
    : `Its certificate does not lead to the roots in ${rootCertificate}; correct sslrootcert in ${setting}.`;
}

function reason(error: Error, code: string | undefined): string {
  switch (code) {
    case 'ENOTFOUND':
      return 'its host name is not known. Correct the name, or check the private DNS zone of the network.';
    case 'ECONNREFUSED':
    case 'ENOENT':
      return `nothing listens there (${code}). Start the server, or correct host and port.`;
    case 'ETIMEDOUT':
      return 'no answer. Check the firewall, the virtual network, and that the server is running.';
    default:
      return `${error.message}.`;
  }
}
