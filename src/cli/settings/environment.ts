import { resolve } from 'node:path';
import type { Environment } from '../../lib/settings.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';
import { LOCAL_SETTINGS, readLocalSettings } from './localSettings.ts';
import { findRunningStack } from './stackFile.ts';

export interface FoundSettings {
  readonly environment: Environment;
  /** Where they came from, the one that goes first first; for --verbose and for errors. */
  readonly sources: readonly string[];
}

/** What settles where the app is. If somebody names one of these, the stack that happens to run is not meant. */
const PLACES = /^((SETUP_|QUERY_)?DATABASE_URL|JobsStorage)/;

/**
 * Gathers the settings as the app would have them: the process's environment, then local.settings.json of the
 * directory, then, unless one of these names a database or a storage account, the embedded stack that runs there.
 *
 * @param file the value of --settings: that file instead, and before the environment
 * @throws CliError for a file that is missing or cannot be read
 */
export async function findSettings(
  processEnvironment: Environment,
  directory: string,
  file: string | null,
): Promise<FoundSettings> {
  if (file !== null) {
    const values = await readLocalSettings(resolve(directory, file));
    if (values === null) throw new CliError(EXIT.settings, `There is no file ${file} (--settings).`);
    return { environment: merge(values, processEnvironment), sources: [file, ENVIRONMENT] };
  }

  const values = await readLocalSettings(resolve(directory, LOCAL_SETTINGS));
  const own = merge(processEnvironment, values ?? {});
  const sources = values === null ? [ENVIRONMENT] : [ENVIRONMENT, LOCAL_SETTINGS];
  if (Object.keys(own).some((name) => PLACES.test(name))) return { environment: own, sources };

  const stack = await findRunningStack(directory);
  if (stack === null) return { environment: own, sources };
  return {
    environment: merge(own, { ...stack.settings, ...stack.setup }),
    sources: [...sources, `the embedded stack (process ${stack.pid})`],
  };
}

const ENVIRONMENT = 'the environment';

/** The first one's values go first; an empty value counts as absent, as in the app. */
function merge(first: Environment, second: Environment): Environment {
  const given = Object.entries(first).filter(([, value]) => value !== undefined && value.trim() !== '');
  return { ...second, ...Object.fromEntries(given) };
}
