import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { reachableByAnyone } from './reachable.ts';

export interface Folders {
  /** Holds everything below; one removal takes it all away. */
  readonly home: string;
  readonly data: string;
  /** 0700: who can enter it is trusted by the server. */
  readonly sockets: string;
  /** Does not exist yet; for a copy of the programs. */
  readonly programs: string;
}

/** A socket's address holds 104 bytes on macOS and 108 on Linux; `/sockets/.s.PGSQL.5432` and its like take 40. */
const LONGEST_BASE = 60;

/** Makes the folders of one server, owned by the account that runs it. */
export function makeFolders(account: Account | null): Folders {
  const usable = (base: string) =>
    Buffer.byteLength(base) <= LONGEST_BASE && (account === null || reachableByAnyone(base));
  const base = usable(tmpdir()) ? tmpdir() : '/tmp';
  const home = mkdtempSync(join(base, 'nightshift-'));
  const folders = {
    home,
    data: join(home, 'data'),
    sockets: join(home, 'sockets'),
    programs: join(home, 'programs'),
  };
  for (const folder of [folders.data, folders.sockets]) mkdirSync(folder, { mode: 0o700 });
  if (account === null) return folders;
  chmodSync(home, 0o711);
  for (const folder of [folders.data, folders.sockets, home]) chownSync(folder, account.uid, account.gid);
  return folders;
}
