import { isIP } from 'node:net';
import { didYouMean } from '../didYouMean.ts';

/** Where a database is and how to log in. */
export interface DatabaseTarget {
  /** The setting that it came from (`DATABASE_URL`), which errors name. */
  readonly setting: string;
  /** A host name or address, or the absolute path of the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /**
   * Null: a managed-identity token is the password. Not enumerable, so that no log prints it; a spread copy
   * of a target therefore has none.
   */
  readonly password: string | null;
  readonly tls: TlsMode;
  /** Path of a PEM file with the only roots to trust, as in libpq; null for those that Node trusts. */
  readonly rootCertificate: string | null;
  readonly applicationName: string;
}

/** `off` does not encrypt (always so on a Unix socket), `require` does but would talk to anyone. */
export type TlsMode = 'off' | 'require' | 'verify-ca' | 'verify-full';

const KEYS = ['host', 'port', 'sslmode', 'sslrootcert', 'application_name'] as const;
type Key = (typeof KEYS)[number];

const TLS_MODES: Readonly<Record<string, TlsMode>> = {
  disable: 'off',
  require: 'require',
  'verify-ca': 'verify-ca',
  'verify-full': 'verify-full',
};

/**
 * Reads `postgresql://user[:password]@host[:port]/database[?host=/socket/dir&port=&sslmode=&sslrootcert=&application_name=]`.
 * Port 5432 and sslmode verify-full are the defaults. A problem tells which part is wrong, never what it says: any
 * part may be a piece of a password that was not encoded.
 */
export function parseDatabaseUrl(
  setting: string,
  url: string,
): { ok: true; target: DatabaseTarget } | { ok: false; problems: string[] } {
  // Not `new URL`: it refuses `user@/database?host=/socket`, and puts the value into its errors.
  const match = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^/?#]*))?(?:\?([^#]*))?$/.exec(
    url.trim(),
  );
  if (!match) return { ok: false, problems: [NOT_AN_ADDRESS] };
  const [, login = '', authority = '', path = '', search = ''] = match;

  const problems: string[] = [];
  const decode = (part: string, text: string) => {
    const decoded = percentDecoded(text);
    if (decoded === null) problems.push(`has a ${part} with a broken %xx in it. Write a percent sign as %25`);
    return decoded ?? '';
  };

  const colon = login.indexOf(':');
  const user = decode('user', colon < 0 ? login : login.slice(0, colon));
  const password = colon < 0 ? null : decode('password', login.slice(colon + 1));
  if (user === '') problems.push('names no user: put the login and an @ before the host');
  if (password === '') {
    problems.push(
      'has a colon but no password behind it. For a managed identity leave the colon out, else set the password',
    );
  }

  const parameters = readParameters(search, decode, problems);
  const address = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority);
  const host = parameters.get('host') ?? decode('host', (address?.[1] ?? '').replace(/^\[(.*)\]$/, '$1'));
  checkHost(host, problems);
  const port = readPort(parameters.get('port') ?? address?.[2] ?? '5432', problems);
  const database = decode('database', path);
  if (database === '') problems.push('names no database: put a / and its name behind the host');

  const tls = readTls(host, parameters, problems);
  if (tls === 'off' && password === null && !host.startsWith('/') && !isLoopback(host)) {
    problems.push(
      'has sslmode=disable and no password: a managed-identity token would travel unencrypted. Leave sslmode out',
    );
  }
  if (problems.length > 0) return { ok: false, problems };

  const rootCertificate = parameters.get('sslrootcert') ?? null;
  const target: Omit<DatabaseTarget, 'password'> = {
    setting,
    host,
    port,
    database,
    user,
    tls,
    // libpq's word for "those that the system trusts".
    rootCertificate: rootCertificate === 'system' ? null : rootCertificate,
    applicationName: parameters.get('application_name') ?? 'nightshift',
  };
  return { ok: true, target: withPassword(target, password) };
}

function withPassword(target: Omit<DatabaseTarget, 'password'>, password: string | null): DatabaseTarget {
  // The type cannot follow defineProperty: what was missing is there now.
  return Object.defineProperty(target, 'password', { value: password, enumerable: false }) as DatabaseTarget;
}

const NOT_AN_ADDRESS =
  'is not an address of the form postgresql://user@host/database. If its password holds any of : / ? # @ %, write them as %3A %2F %3F %23 %40 %25';

/** Whether what is sent to this host never leaves the machine. */
const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

function percentDecoded(text: string): string | null {
  try {
    const decoded = decodeURIComponent(text);
    // PostgreSQL's startup message ends a value at a NUL.
    return decoded.includes('\0') ? null : decoded;
  } catch {
    return null;
  }
}

function readParameters(
  search: string,
  decode: (part: string, text: string) => string,
  problems: string[],
): Map<Key, string> {
  const parameters = new Map<Key, string>();
  for (const [index, pair] of search.split('&').entries()) {
    if (pair === '') continue;
    const [name = '', ...rest] = pair.split('=');
    const key = KEYS.find((known) => known === name);
    if (key === undefined) {
      problems.push(
        `has a parameter that is not known (number ${index + 1} behind the ?).${didYouMean(name, KEYS)} Known are ${KEYS.join(', ')}`,
      );
    } else if (parameters.has(key)) {
      problems.push(`has ${key} twice`);
    } else {
      const value = decode(key, rest.join('='));
      if (value === '') problems.push(`has ${key} without a value`);
      parameters.set(key, value);
    }
  }
  return parameters;
}

function checkHost(host: string, problems: string[]): void {
  if (host === '') problems.push('names no host: put it behind the @, or a socket directory as ?host=/path');
  else if (host.includes(',')) problems.push('names more than one host: Nightshift connects to one');
  else if (!host.startsWith('/') && !isIP(host) && !/^[\p{L}\p{N}._-]+$/u.test(host)) {
    problems.push(
      'has a host that is neither a name nor an address. A password with : / ? # @ must be %-encoded',
    );
  }
}

function readPort(text: string, problems: string[]): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    problems.push(
      'has a port that is not a number from 1 to 65535. A password with : / ? # @ must be %-encoded',
    );
  }
  return port;
}

function readTls(host: string, parameters: Map<Key, string>, problems: string[]): TlsMode {
  const given = parameters.get('sslmode');
  if (given === 'prefer' || given === 'allow') {
    problems.push(
      `has sslmode=${given}, which goes on unencrypted if asked to. Use verify-full, or leave it out`,
    );
    return 'verify-full';
  }
  const mode = given === undefined ? undefined : TLS_MODES[given];
  if (given !== undefined && mode === undefined) {
    problems.push('has an sslmode that is not one of disable, require, verify-ca, verify-full');
  }
  if (host.startsWith('/')) {
    if (mode !== undefined && mode !== 'off') {
      problems.push('asks for TLS on a Unix socket, which has none. Leave sslmode out');
    }
    return 'off';
  }
  if (parameters.has('sslrootcert') && (mode === 'off' || mode === 'require')) {
    problems.push(
      'has an sslrootcert that its sslmode does not look at. Use sslmode=verify-full or verify-ca',
    );
  }
  return mode ?? 'verify-full';
}
