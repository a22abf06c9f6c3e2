import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface FixtureApp {
  readonly directory: string;
  remove(): Promise<void>;
}

type Fixture = 'queues' | 'commonjs' | 'bundle' | 'timers' | 'inError' | 'failsToLoad';

/**
 * A copy of a fixture with a host.json of its own: hosts write below the app's directory. The name has a space, for
 * the paths of users do.
 */
export async function fixtureApp(
  fixture: Fixture,
  queues: Record<string, unknown> = {},
  hostJson: Record<string, unknown> = {},
): Promise<FixtureApp> {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift host '));
  await cp(join(import.meta.dirname, 'fixtures', fixture), directory, { recursive: true });
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
  const host = {
    version: '2.0',
    extensions: { queues: { maxPollingInterval: '00:00:00.200', ...queues } },
    ...hostJson,
  };
  await writeFile(join(directory, 'host.json'), JSON.stringify(host));
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
