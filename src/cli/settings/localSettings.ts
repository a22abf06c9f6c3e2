import { readFile } from 'node:fs/promises';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

/** The name that Azure Functions Core Tools and the editors use. */
export const LOCAL_SETTINGS = 'local.settings.json';

/**
 * The "Values" of a local.settings.json; null when there is no such file. As Core Tools reads it: comments and
 * trailing commas are fine.
 *
 * @throws CliError when the file is there and cannot be read. No value is ever shown: any may be a secret.
 */
export async function readLocalSettings(file: string): Promise<Readonly<Record<string, string>> | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw refused(`${file} cannot be read (${code}).`);
  }
  return readValues(file, text);
}

/** @throws CliError */
export function readValues(file: string, text: string): Readonly<Record<string, string>> {
  const root = parse(file, text);
  if (!isObject(root)) throw refused(`${file} must hold an object with the key "Values".`);
  if (root['IsEncrypted'] === true) {
    throw refused(`${file} is encrypted. Decrypt it first: func settings decrypt`);
  }
  const values = root['Values'];
  if (!isObject(values)) {
    throw refused(`${file} has no object "Values". It looks like: { "Values": { "DATABASE_URL": "..." } }`);
  }
  const wrong = Object.keys(values).filter((name) => typeof values[name] !== 'string');
  if (wrong.length > 0) {
    throw refused(`In ${file}, "Values" must be texts in quotes. These are not: ${wrong.join(', ')}.`);
  }
  // Just checked: all of them are strings.
  return values as Record<string, string>;
}

function parse(file: string, text: string): unknown {
  const spaces = (part: string) => part.replace(/[^\r\n]/g, ' ');
  const plain = text
    .replace(/^\ufeff/, ' ')
    // Strings are matched first and kept, so that the // of an address in one is no comment.
    .replace(
      /("(?:[^"\\\r\n]|\\.)*")|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g,
      (part, string) => string ?? spaces(part),
    )
    .replace(/("(?:[^"\\\r\n]|\\.)*")|,(?=\s*[}\]])/g, (_part, string) => string ?? ' ');
  try {
    return JSON.parse(plain);
  } catch (error) {
    // Only the place: the parser's message quotes the text.
    const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    throw refused(
      `${file} is not JSON: look at ${position === undefined ? 'its end' : place(plain, Number(position))}.`,
    );
  }
}

function place(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (message: string) => new CliError(EXIT.settings, message);
