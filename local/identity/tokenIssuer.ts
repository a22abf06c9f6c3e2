import { randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { ManagedIdentity } from './managedIdentity.ts';

export interface TokenRequest {
  readonly identity: ManagedIdentity;
  /** Becomes the token's `aud`, as it was asked for. */
  readonly resource: string;
  /** Seconds from `issuedAt` to `exp`; negative for a token that has expired. */
  readonly lifetimeSeconds: number;
  /** Seconds since 1970. @default now */
  readonly issuedAt?: number;
}

export interface IssuedToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly expiresOn: number;
}

/** Signs tokens as Entra does, with a key of its own. */
export interface TokenIssuer {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** The public half of the key, as a JWKS document holds it. */
  readonly publicKey: JWK;
  issue(request: TokenRequest): Promise<IssuedToken>;
}

const ALGORITHM = 'RS256';

/** Makes an issuer with a fresh key, so that no other issuer's tokens are taken for its own. */
export async function createTokenIssuer(tenantId: string): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  const issuer = `https://sts.windows.net/${tenantId}/`;

  return {
    issuer,
    publicKey: { ...jwk, kid, alg: ALGORITHM, use: 'sig' },
    async issue({ identity, resource, lifetimeSeconds, issuedAt = Math.floor(Date.now() / 1000) }) {
      const expiresOn = issuedAt + lifetimeSeconds;
      const token = await new SignJWT(claims(identity, tenantId, issuer))
        .setProtectedHeader({ typ: 'JWT', alg: ALGORITHM, kid })
        .setIssuer(issuer)
        .setAudience(resource)
        .setSubject(identity.principalId)
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresOn)
        .sign(privateKey);
      return { token, notBefore: issuedAt, expiresOn };
    },
  };
}

/** What a version 1.0 access token of a managed identity says beside the registered claims. */
function claims(identity: ManagedIdentity, tenantId: string, issuer: string): Record<string, string> {
  return {
    appid: identity.clientId,
    appidacr: '2',
    idp: issuer,
    idtyp: 'app',
    oid: identity.principalId,
    tid: tenantId,
    uti: randomUUID(),
    ver: '1.0',
    xms_mirid: identity.resourceId,
  };
}
