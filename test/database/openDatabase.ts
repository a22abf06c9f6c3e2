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
