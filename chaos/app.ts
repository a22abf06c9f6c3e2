import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { APP_LOGIN, QUERY_LOGIN } from '../local/stack/names.ts';
import { temporaryFolder } from './temporaryFolder.ts';

/** The app as it is deployed, with the harness's jobs. */
export interface BuiltApp {
  readonly directory: string;
  remove(): void;
}

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

/** @param jobs the project's folder whose jobs/ are built in */
export async function buildApp(jobs: string = import.meta.dirname): Promise<BuiltApp> {
  const { path: directory, remove } = await temporaryFolder('chaos');
  const out = join(directory, 'dist');
  await run(process.execPath, [join(root, 'build.ts'), '--project', jobs, '--out', out]);
  await cp(join(root, 'host.json'), join(directory, 'host.json'));
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ type: 'module', main: 'dist/functions.js' }),
  );
  return { directory, remove };
}

/** Sets the ledger up as a user does: by the command. */
export async function setUp(
  app: BuiltApp,
  superuserUrl: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const { PATH, HOME, TMPDIR } = process.env;
  const setup = ['setup', '--app-login', APP_LOGIN, '--query-login', QUERY_LOGIN];
  const { DATABASE_URL, QUERY_DATABASE_URL } = settings;
  await run(process.execPath, [join(app.directory, 'dist', 'cli.js'), ...setup], {
    cwd: app.directory,
    env: { PATH, HOME, TMPDIR, DATABASE_URL, QUERY_DATABASE_URL, SETUP_DATABASE_URL: superuserUrl },
  });
}
