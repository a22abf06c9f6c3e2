import { execFileSync } from 'node:child_process';

const CHECK_EVERY_MS = 1000;

/**
 * Calls `onGone` once when the npm that started this process is no more. A killed npm takes neither the shell with
 * it that it put between, nor us; and who has killed `npm start` wants nothing of it to be left.
 * Does nothing when npm did not start this process.
 */
export function watchNpm(onGone: () => void): { close(): void } {
  const npm = process.env['npm_lifecycle_event'] === undefined ? null : findNpm();
  if (npm === null) return { close: () => {} };
  const timer = setInterval(() => {
    if (isAlive(npm)) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** npm is our parent, or the parent of the shell that is; null where there is no `ps` to find out with. */
function findNpm(): number | null {
  let pid = process.ppid;
  for (let generation = 0; generation < 3 && pid > 1; generation++) {
    const [parent = '', ...command] = processLine(pid).trim().split(/\s+/);
    if (/\bnpm\b/.test(command.slice(0, 2).join(' '))) return pid;
    pid = Number(parent);
  }
  return null;
}

function processLine(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
