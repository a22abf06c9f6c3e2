import type { DatabaseTarget } from './databaseUrl.ts';

/** How messages name a database: by its setting and address, without the login. */
export function place({ setting, host, port, database }: DatabaseTarget): string {
  return `The database of ${setting} (${database} on ${host.includes(':') ? `[${host}]` : host}:${port})`;
}
