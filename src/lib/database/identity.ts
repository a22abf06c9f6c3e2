import { credentialFor } from './credential.ts';
import { authorityHost, type Cloud } from './scope.ts';
import { type AccessToken, createTokenSource, type TokenSource } from './token.ts';

/** The app's identities. Make one for the process: its token sources are its cache. */
export interface Identity {
  /** The same source for the same identity and scope, whoever asks. `clientId` null: see credentialFor. */
  tokens(clientId: string | null, scope: string): TokenSource;
  /** The same tokens for an Azure SDK client (storage). */
  credential(clientId: string | null): { getToken(scopes: string | string[]): Promise<AccessToken> };
}

export function createIdentity(
  environment: Readonly<Record<string, string | undefined>>,
  cloud: Cloud,
): Identity {
  const sources = new Map<string, TokenSource>();
  const tokens = (clientId: string | null, scope: string): TokenSource => {
    const key = `${clientId} ${scope}`;
    const known = sources.get(key);
    if (known) return known;
    const credential = credentialFor({ clientId, environment, authorityHost: authorityHost(cloud) });
    const source = createTokenSource({ credential, scope });
    sources.set(key, source);
    return source;
  };
  return {
    tokens,
    credential: (clientId) => ({
      getToken: (scopes) => tokens(clientId, [scopes].flat().join(' ')).token(),
    }),
  };
}
