import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const schema = z.object({
  IsEncrypted: z.literal(false).optional(),
  Values: z.record(z.string(), z.string()).default({}),
});

/**
 * The "Values" of the app's local.settings.json; none without that file.
 *
 * @throws Error when the file is there but is not what Core Tools would read; shows no value
 */
export async function readLocalSettings(appDirectory: string): Promise<Readonly<Record<string, string>>> {
  const file = join(appDirectory, 'local.settings.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may hold a secret.
    throw new Error(`${file} is not JSON`);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data.Values;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${file} is not valid: ${problems.join('; ')}`);
}
