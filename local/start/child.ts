import { once } from 'node:events';
import { startGuarded } from '../guard.ts';

export interface ChildOutcome {
  readonly ok: boolean;
  /** What it wrote to standard output and standard error, without the last line's end. */
  readonly output: string;
}

/**
 * Runs a Node program of the project to its end, which comes at the latest with ours.
 *
 * @param settings its environment, but for PATH, HOME and TMPDIR: what this shell happens to have set for another
 *   database must not get into it
 */
export async function runChild(
  projectDirectory: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<ChildOutcome> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = startGuarded(process.execPath, args, {
    cwd: projectDirectory,
    env: { PATH, HOME, TMPDIR, ...settings },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { ok: code === 0, output: output.trimEnd() };
}
