import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';

/**
 * How a server learns of an identity: Flexible Server by functions of its pgaadauth extension, the retired Single
 * Server by a role in azure_ad_user; a plain PostgreSQL has logins.
 */
export const SERVER_KINDS = ['flexible', 'single', 'plain'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

const AZURE_HOST = /\.postgres\.database\.(azure\.com|usgovcloudapi\.net|chinacloudapi\.cn)$/i;

/** By its name: only Single Server wanted the server behind an @ in the login. */
export function guessServerKind({ host, user }: Pick<DatabaseTarget, 'host' | 'user'>): ServerKind {
  if (!AZURE_HOST.test(host)) return 'plain';
  return user.includes('@') ? 'single' : 'flexible';
}
