import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { DatabaseError } from './databaseError.ts';
import type { DatabaseTarget } from './databaseUrl.ts';
import { place } from './place.ts';

/**
 * How to speak TLS to this server; null for no TLS. Without a root certificate of its own, Node's roots decide
 * (NODE_EXTRA_CA_CERTS included); Azure's certificates lead to DigiCert Global Root G2 and Microsoft RSA Root CA 2017,
 * which are among them.
 *
 * @throws DatabaseError `tls` when the root certificate cannot be read.
 */
export async function tlsOptions(target: DatabaseTarget): Promise<ConnectionOptions | null> {
  if (target.tls === 'off') return null;
  const name = isIP(target.host) ? {} : { servername: target.host };
  const base: ConnectionOptions = { host: target.host, ...name, minVersion: 'TLSv1.2' };
  if (target.tls === 'require') return { ...base, rejectUnauthorized: false };
  const ca =
    target.rootCertificate === null ? {} : { ca: await rootCertificate(target, target.rootCertificate) };
  // Said outright, NODE_TLS_REJECT_UNAUTHORIZED=0 does not switch it off.
  const verified = { ...base, ...ca, rejectUnauthorized: true };
  return target.tls === 'verify-ca' ? { ...verified, checkServerIdentity: () => undefined } : verified;
}

async function rootCertificate(target: DatabaseTarget, path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw unusable(target, path, 'cannot be read', cause);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw unusable(target, path, 'holds no PEM certificate');
  return text;
}

const unusable = (target: DatabaseTarget, path: string, what: string, cause?: unknown) =>
  new DatabaseError(
    'tls',
    `${place(target)} cannot be verified: its sslrootcert, ${path}, ${what}. Correct the path in ${target.setting}, or leave sslrootcert out for the usual roots.`,
    { cause },
  );
