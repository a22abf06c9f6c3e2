import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from './problem.ts';

/** A file below jobs/ that holds a job. */
export interface JobFile {
  /** Its path below jobs/ without .sql. */
  readonly name: string;
  /** From the project's root, with forward slashes. */
  readonly file: string;
  readonly path: string;
}

const SEGMENT = /^[a-z0-9][a-z0-9_-]*$/;

/** Run ids hold the name, and the ledger has them in an index, whose entries PostgreSQL limits. */
const LONGEST_NAME = 200;

/**
 * The .sql files below jobs/, folders and links followed, sorted by name. Hidden files are an editor's, and
 * other files are nobody's business.
 */
export async function findJobFiles(
  projectDirectory: string,
): Promise<{ files: JobFile[]; problems: Problem[] }> {
  const files: JobFile[] = [];
  const problems: Problem[] = [];
  const refuse = (file: string, message: string) => problems.push({ file, line: 1, column: 1, message });

  async function walk(segments: readonly string[], above: readonly string[]): Promise<void> {
    const folder = ['jobs', ...segments].join('/');
    const directory = join(projectDirectory, folder);
    const real = await realpath(directory);
    if (above.includes(real))
      return void refuse(folder, 'This folder is a link to one that it stands in: remove it.');
    for (const entry of (await readdir(directory)).sort()) {
      if (entry.startsWith('.')) continue;
      const kind = await kindOf(join(directory, entry));
      const file = `${folder}/${entry}`;
      if (kind === 'folder') await walk([...segments, entry], [...above, real]);
      else if (!/\.sql$/i.test(entry)) continue;
      else if (kind === 'nothing') refuse(file, 'This link leads to no file.');
      else {
        const path = [...segments, entry.replace(/\.sql$/, '')];
        const name = path.join('/');
        const bad = path.find((segment) => !SEGMENT.test(segment));
        if (bad !== undefined) refuse(file, badName(bad));
        else if (name.length > LONGEST_NAME)
          refuse(file, `A job's name has at most ${LONGEST_NAME} characters.`);
        else files.push({ name, file, path: join(directory, entry) });
      }
    }
  }

  // Git keeps no empty folders, so a project without jobs may well lack it.
  if ((await kindOf(join(projectDirectory, 'jobs'))) === 'folder') await walk([], []);
  return { files, problems };
}

/** Lower case only: two names that differ by case would be one file on Windows and macOS. */
function badName(segment: string): string {
  const proposal = segment
    .toLowerCase()
    .replace(/\.sql$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '');
  const rename = SEGMENT.test(proposal) ? ` Rename it, for example to "${proposal}".` : '';
  return `"${segment}" cannot be part of a job's name: lower-case letters, digits, - and _, a letter or digit first.${rename}`;
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    // A link that leads nowhere, or around in a circle.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ELOOP'))
      return 'nothing';
    throw error;
  }
}
