import { credentialFor } from '../../src/lib/database/credential.ts';
import { createTokenSource } from '../../src/lib/database/token.ts';

/** What the test asks its child process for. */
export type Request =
  | { readonly kind: 'tokens'; readonly callers: number }
  | { readonly kind: 'replace'; readonly rejected: string }
  /** Lets this much time pass for the source. */
  | { readonly kind: 'pass'; readonly milliseconds: number };

export type Reply = { readonly tokens: string[]; readonly milliseconds: number } | { readonly error: string };

/** One process a scenario: msal keeps its cache, its endpoint and its HTTP client for a whole process. */
const [scope = '', clientId] = process.argv.slice(2);
let passed = 0;
const source = createTokenSource({
  credential: credentialFor({
    clientId: clientId ?? null,
    authorityHost: 'https://login.microsoftonline.com',
    environment: process.env,
  }),
  scope,
  clock: { now: () => Date.now() + passed, monotonic: () => performance.now() + passed },
});

process.on('message', async (request: Request) => {
  const since = performance.now();
  const answer = async () => {
    switch (request.kind) {
      case 'tokens':
        return Promise.all(Array.from({ length: request.callers }, () => source.token()));
      case 'replace':
        return [await source.replace(request.rejected)];
      case 'pass':
        passed += request.milliseconds;
        return [];
    }
  };
  const reply: Reply = await answer().then(
    (tokens) => ({ tokens: tokens.map(({ token }) => token), milliseconds: performance.now() - since }),
    (error: Error) => ({ error: `${error.name}: ${error.message}` }),
  );
  process.send?.(reply);
});
