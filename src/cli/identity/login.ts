import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import type { Environment, Settings } from '../../lib/settings.ts';

export interface Login {
  readonly target: DatabaseTarget;
  /** The URL's password, or a fresh token. Null on a Unix socket, where the system's user is proof enough. */
  readonly password: string | null;
}

/** What a program of libpq's kind needs to log in as the app does. @throws TokenError */
export async function logIn(
  target: DatabaseTarget,
  clientId: string | null,
  { cloud }: Pick<Settings, 'cloud'>,
  environment: Environment,
): Promise<Login> {
  if (target.password !== null || target.host.startsWith('/')) return { target, password: target.password };
  const [{ createIdentity }, { databaseScope }] = await Promise.all([
    import('../../lib/database/identity.ts'),
    import('../../lib/database/scope.ts'),
  ]);
  const { token } = await createIdentity(environment, cloud).tokens(clientId, databaseScope(cloud)).token();
  return { target, password: token };
}

const SSL_MODE = {
  off: 'disable',
  require: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
} as const;

/** libpq's environment (postgresql.org/docs/current/libpq-envars.html). */
export function libpqEnvironment({ target, password }: Login): Record<string, string> {
  const verifies = target.tls === 'verify-ca' || target.tls === 'verify-full';
  // libpq trusts only ~/.postgresql/root.crt by itself; "system" (libpq 16) goes with verify-full alone.
  const roots = target.rootCertificate ?? (target.tls === 'verify-full' ? 'system' : null);
  return {
    PGHOST: target.host,
    PGPORT: String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGSSLMODE: SSL_MODE[target.tls],
    PGAPPNAME: target.applicationName,
    ...(password === null ? {} : { PGPASSWORD: password }),
    ...(verifies && roots !== null ? { PGSSLROOTCERT: roots } : {}),
  };
}
