import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';

/** Editors write a file in several steps, and some first remove the old one. */
const QUIET_MS = 200;

/**
 * Calls `onChange` when files below jobs/ have changed and then stayed as they are for a moment; never again while
 * it is still at work, but once more afterwards if something changed meanwhile.
 */
export function watchJobs(projectDirectory: string, onChange: () => Promise<void>): { close(): void } {
  const root = join(projectDirectory, 'jobs');
  let working = false;
  let changed = false;
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  const close = () => {
    for (const watcher of watchers) watcher.close();
  };
  const changeSeen = () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(() => void work(), QUIET_MS);
  };
  /** Anew after each change, as folders come and go. The old ones last, so that nothing is missed between. */
  const watchFolders = () => {
    const fresh = foldersFrom(root).map((folder) => watch(folder, changeSeen));
    close();
    watchers = fresh;
  };
  const work = async () => {
    if (working) return;
    working = true;
    while (changed) {
      try {
        watchFolders();
      } catch {
        // A folder is gone in this very moment, as in the middle of a checkout: look again in the next.
        changeSeen();
        break;
      }
      changed = false;
      await onChange();
    }
    working = false;
  };
  watchFolders();
  return {
    close: () => {
      clearTimeout(timer);
      close();
    },
  };
}

/**
 * Each folder is watched by itself: on Linux, Node's recursive watch follows the files, and loses one that another
 * took the place of, which is how git, `sed -i` and many editors write.
 */
function foldersFrom(root: string): string[] {
  const below = readdirSync(root, { recursive: true, withFileTypes: true });
  return [root, ...below.filter((e) => e.isDirectory()).map((e) => join(e.parentPath, e.name))];
}
