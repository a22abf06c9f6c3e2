import type { QueueServiceClient } from '@azure/storage-queue';
import type { Database } from '../../lib/database/connection.ts';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import type { TokenSource } from '../../lib/database/token.ts';
import type { Environment, Settings } from '../../lib/settings.ts';

/** A login to a database, and everything on the way to it. */
export interface DatabasePatient {
  /** The app's own, or that of ad-hoc queries. */
  readonly purpose: 'app' | 'queries';
  readonly target: DatabaseTarget;
  readonly clientId: string | null;
  readonly scope: string;
  readonly tokens: TokenSource;
  readonly database: Database;
  readonly environment: Environment;
}

export interface StoragePatient {
  readonly settings: Settings;
  readonly service: QueueServiceClient;
}

/** The home database, where schedules, pauses, alarms and dead letters are kept. */
export interface HomePatient {
  readonly home: Database;
}

/** A managed-identity token is the password; not so with one in the URL, or on a socket, where the system vouches. */
export const usesToken = ({ target }: DatabasePatient): boolean =>
  target.password === null && !target.host.startsWith('/');

export const isRemote = ({ target }: DatabasePatient): boolean => !target.host.startsWith('/');
