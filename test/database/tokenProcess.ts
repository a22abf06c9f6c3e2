import { createIdentity } from '../../src/lib/database/identity.ts';

/** What the test asks its child process for. */
export type Request =
  | { readonly kind: 'tokens'; readonly callers: number }
  | { readonly kind: 'replace'; readonly rejected: string };

export type Reply = { readonly tokens: string[]; readonly milliseconds: number } | { readonly error: string };

/** One process a scenario: msal keeps its cache, its endpoint and its HTTP client for a whole process. */
const [scope = '', clientId] = process.argv.slice(2);
const source = createIdentity(process.env, 'public').tokens(clientId ?? null, scope);

process.on('message', async (request: Request) => {
  const since = performance.now();
  const answer =
    request.kind === 'tokens'
      ? Promise.all(Array.from({ length: request.callers }, () => source.token()))
      : source.replace(request.rejected).then((token) => [token]);
  const reply: Reply = await answer.then(
    (tokens) => ({ tokens: tokens.map(({ token }) => token), milliseconds: performance.now() - since }),
    (error: Error) => ({ error: `${error.name}: ${error.message}` }),
  );
  process.send?.(reply);
});
