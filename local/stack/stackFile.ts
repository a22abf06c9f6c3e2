import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What other processes (the nightshift command) find the running stack by. */
export interface StackFile {
  /** Whoever finds this process gone ignores the file. */
  readonly pid: number;
  /** Environment of the app and of the command. */
  readonly settings: Readonly<Record<string, string>>;
  /** The administrator's, for `nightshift setup`. */
  readonly setup: Readonly<Record<string, string>>;
}

/** The project's folder for what belongs to one running stack. */
export const stackFolder = (projectDirectory: string) => join(projectDirectory, '.nightshift');
const fileIn = (folder: string) => join(folder, 'stack.json');

/**
 * Makes the folder for a stack, closed to others: it holds the secret of the identity endpoint.
 * @throws Error when a stack runs in this project already.
 */
export async function openStackFolder(projectDirectory: string): Promise<string> {
  const folder = stackFolder(projectDirectory);
  const pid = await runningStack(folder);
  if (pid !== null) {
    throw new Error(
      `The stack runs in this folder already (process ${pid}). Stop that one first, with Ctrl-C.`,
    );
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Tells others of the stack; a reader sees the whole file or none. */
export async function writeStackFile(folder: string, content: StackFile): Promise<void> {
  const unfinished = `${fileIn(folder)}.${content.pid}`;
  await writeFile(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(unfinished, fileIn(folder));
}

export const removeStackFile = (folder: string) => rm(fileIn(folder), { force: true });

/** The process of the stack that the file tells of; null when there is none, or it is gone. */
async function runningStack(folder: string): Promise<number | null> {
  try {
    const { pid } = JSON.parse(await readFile(fileIn(folder), 'utf8')) as Partial<StackFile>;
    if (typeof pid !== 'number' || pid === process.pid) return null;
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}
