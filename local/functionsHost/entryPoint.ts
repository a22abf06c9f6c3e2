import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

const packageSchema = z.object({ main: z.string().optional(), type: z.string().optional() });

/**
 * Loads the files that package.json's `main` names, a path or a glob, each as an ES module or as CommonJS by its
 * extension and by package.json's `type`, as the real worker does (src/startApp.ts, src/loadScriptFile.ts).
 *
 * @throws Error with the entry point's name before what it threw; the real host hides that error behind "no
 *   functions found" when nothing was registered before it
 */
export async function loadEntryPoints(appDirectory: string): Promise<void> {
  const { main, type } = await readPackageJson(appDirectory);
  if (main === undefined)
    throw new Error(`${join(appDirectory, 'package.json')} has no "main": name the built app there`);
  const files: string[] = [];
  for await (const file of glob(main, { cwd: appDirectory })) files.push(file);
  files.sort();
  if (files.length === 0) {
    throw new Error(
      `Worker was unable to load entry point "${main}": no such file in ${appDirectory}; build the app first`,
    );
  }
  for (const file of files) {
    const path = join(appDirectory, file);
    try {
      if (isEsModule(path, type)) await import(pathToFileURL(path).href);
      else createRequire(path)(path);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`Worker was unable to load entry point "${file}": ${message}`, { cause: error });
    }
  }
}

function isEsModule(path: string, packageType: string | undefined): boolean {
  const extension = extname(path);
  return extension === '.mjs' || (extension !== '.cjs' && packageType === 'module');
}

async function readPackageJson(appDirectory: string): Promise<z.infer<typeof packageSchema>> {
  const file = join(appDirectory, 'package.json');
  try {
    return packageSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
