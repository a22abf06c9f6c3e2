import { watch } from 'node:fs';
import { join } from 'node:path';

/** Editors write a file in several steps, and some first remove the old one. */
const QUIET_MS = 200;

/**
 * Calls `onChange` when files below jobs/ have changed and then stayed as they are for a moment; never again while
 * it is still at work, but once more afterwards if something changed meanwhile.
 */
export function watchJobs(projectDirectory: string, onChange: () => Promise<void>): { close(): void } {
  let working = false;
  let changed = false;
  const work = async () => {
    if (working) return;
    working = true;
    while (changed) {
      changed = false;
      await onChange();
    }
    working = false;
  };
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(join(projectDirectory, 'jobs'), { recursive: true }, () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(() => void work(), QUIET_MS);
  });
  return {
    close: () => {
      clearTimeout(timer);
      watcher.close();
    },
  };
}
