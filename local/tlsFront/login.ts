import { timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { importJWK, type JWK, jwtVerify } from 'jose';
import { DATABASE_RESOURCE } from '../identity/resources.ts';
import { LoginBroken, readExactly } from './byteReader.ts';
import { ASK_FOR_PASSWORD } from './protocol.ts';

/** Whose tokens count. */
export interface Trust {
  readonly issuer: string;
  readonly publicKey: JWK;
}

/** What a role's password must be: a token of this principal (its `oid`), or this very password. */
export type Login = { readonly principalId: string } | { readonly password: string };

const PASSWORD_MESSAGE = 'p'.charCodeAt(0);
/** A token takes 2 kB; PostgreSQL takes 64 KiB. */
const LONGEST_PASSWORD = 65_535;

/** Asks for the password as cleartext, which inside TLS is what Azure does with tokens. */
export async function askForPassword(socket: Socket): Promise<string> {
  socket.write(ASK_FOR_PASSWORD);
  const head = await readExactly(socket, 5);
  const length = head.readInt32BE(1) - 4;
  if (head[0] !== PASSWORD_MESSAGE || length < 1 || length > LONGEST_PASSWORD) {
    throw new LoginBroken('The client sent something else than a password.');
  }
  const body = await readExactly(socket, length);
  return body.toString('utf8', 0, length - 1);
}

/** Whether this password opens this login now. A token's life is checked here and never again: sessions outlive it. */
export async function isRightPassword(login: Login, password: string, trust: Trust): Promise<boolean> {
  if ('password' in login) {
    const [given, right] = [Buffer.from(password), Buffer.from(login.password)];
    return given.length === right.length && timingSafeEqual(given, right);
  }
  try {
    const key = await importJWK(trust.publicKey, 'RS256');
    const { payload } = await jwtVerify(password, key, {
      algorithms: ['RS256'],
      issuer: trust.issuer,
      audience: [DATABASE_RESOURCE, `${DATABASE_RESOURCE}/`],
      requiredClaims: ['exp', 'nbf', 'oid'],
    });
    return payload['oid'] === login.principalId;
  } catch {
    return false;
  }
}
