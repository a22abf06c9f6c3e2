import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PARTS = ['bin', 'build.ts', 'host.json', 'jobs', 'local', 'package.json', 'src'];

/**
 * A copy of the project, in a path with spaces, whose jobs a test may change and where no other stack runs.
 * It shares node_modules.
 */
export async function copyProject(): Promise<{ directory: string; remove(): Promise<void> }> {
  // macOS keeps its temporary folder behind a link, and programs tell their real path.
  const directory = await mkdtemp(join(await realpath(tmpdir()), 'a clone '));
  await Promise.all(PARTS.map((part) => cp(part, join(directory, part), { recursive: true })));
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
  return { directory, remove: () => rm(directory, { recursive: true, maxRetries: 5 }) };
}
