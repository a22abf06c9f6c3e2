import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

/** A file's text; `-` is standard input. @throws CliError */
export async function readText(file: string): Promise<string> {
  if (file === '-') return readStream(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      EXIT.usage,
      code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`,
    );
  }
}
