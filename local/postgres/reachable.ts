import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Whether an account that owns nothing may pass through every folder down to `path`, itself included. */
export function reachableByAnyone(path: string): boolean {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
