import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What `npm start` writes down for other processes: .nightshift/stack.json. */
export interface RunningStack {
  readonly file: string;
  readonly pid: number;
  /** Environment for the app and the command. */
  readonly settings: Readonly<Record<string, string>>;
  /** More, for `setup`: the admin's address. */
  readonly setup: Readonly<Record<string, string>>;
}

/** The embedded stack of a project if it runs now; null if none does. */
export async function findRunningStack(directory: string): Promise<RunningStack | null> {
  const file = join(directory, '.nightshift', 'stack.json');
  let content: Partial<RunningStack> | null;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    // Not there, somebody else's (mode 0600), or just being written: no stack of ours.
    return null;
  }
  const { pid, settings, setup } = content ?? {};
  if (typeof pid !== 'number' || settings === undefined || !isAlive(pid)) return null;
  return { file, pid, settings, setup: setup ?? {} };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
