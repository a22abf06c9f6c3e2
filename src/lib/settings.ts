import { z } from 'zod';
import { type DatabaseTarget, parseDatabaseUrl } from './database/databaseUrl.ts';
import type { Retention } from './ledger/prune.ts';
import type { SweepAfter } from './schedule/sweep.ts';

/** Everything the app reads from its environment, understood and checked. */
export interface Settings {
  /** By lower-case name; `main` is DATABASE_URL, `reporting` is DATABASE_URL_REPORTING. */
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  /** Null: ad-hoc queries are off. */
  readonly queryDatabase: DatabaseTarget | null;
  /** The user-assigned identity for jobs; null takes the system-assigned one, or a developer's own. */
  readonly clientId: string | null;
  readonly queryClientId: string | null;
  readonly cloud: 'public' | 'usgov' | 'china';
  readonly queues: { readonly jobs: string; readonly queries: string; readonly results: string };
  readonly messageEncoding: 'base64' | 'none';
  readonly storage: StorageSettings;
  /** How long a run that cannot even be claimed goes back to the queue before it is given up. */
  readonly maxDeferralMs: number;
  readonly retention: Retention;
  readonly sweepAfter: SweepAfter;
  /** CloudEvents `source`: `/nightshift`, followed by the site's name where there is one. */
  readonly eventSource: string;
}

export type StorageSettings =
  | { readonly connectionString: string }
  | {
      readonly queueServiceUri: string;
      readonly blobServiceUri: string | null;
      readonly clientId: string | null;
    };

export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

/** All that is wrong with the settings, at once. Values are never shown: any of them may be a secret. */
export class SettingsError extends Error {
  readonly problems: readonly SettingProblem[];
  constructor(problems: readonly SettingProblem[]) {
    const lines = problems.map(({ setting, message }) => `  ${setting}: ${message}`);
    super(
      `${problems.length === 1 ? 'A setting is' : 'Settings are'} missing or wrong:\n${lines.join('\n')}`,
    );
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const QUEUE_DEFAULTS = {
  JOBS_QUEUE: 'nightshift-jobs',
  QUERIES_QUEUE: 'nightshift-queries',
  RESULTS_QUEUE: 'nightshift-results',
} as const;

// learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata; "-poison" must still fit behind it.
const queueName = z
  .string()
  .regex(
    /^(?=.{3,56}$)[a-z0-9]+(-[a-z0-9]+)*$/,
    'must be a queue name: 3 to 56 lower-case letters, digits and single dashes',
  );
const guid = z.guid('must be the client id (a GUID) of a user-assigned identity');
const serviceUri = z.url({
  protocol: /^https$/,
  error:
    'must be an https:// address, as a token must not travel in the clear; Azurite takes a connection string in JobsStorage',
});
function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.coerce.number(error).int(error).min(least, error).max(most, error);
}
const connectionString = z
  .string()
  .regex(
    /UseDevelopmentStorage=true|(AccountName|QueueEndpoint|SharedAccessSignature)=/i,
    'must be a storage connection string: that of the storage account under "Access keys", or UseDevelopmentStorage=true for Azurite',
  );

const schema = z.object({
  AZURE_CLIENT_ID: guid.nullable().default(null),
  QUERY_AZURE_CLIENT_ID: guid.nullable().default(null),
  AZURE_CLOUD: z
    .enum(['public', 'usgov', 'china'], { error: 'must be public, usgov or china' })
    .default('public'),
  JOBS_QUEUE: queueName.default(QUEUE_DEFAULTS.JOBS_QUEUE),
  QUERIES_QUEUE: queueName.default(QUEUE_DEFAULTS.QUERIES_QUEUE),
  RESULTS_QUEUE: queueName.default(QUEUE_DEFAULTS.RESULTS_QUEUE),
  MESSAGE_ENCODING: z.enum(['base64', 'none'], { error: 'must be base64 or none' }).default('base64'),
  MAX_DEFERRAL_HOURS: wholeNumber(1, 168).default(24),
  SWEEP_UNPUBLISHED_SECONDS: wholeNumber(1, 86_400).default(120),
  SWEEP_LOST_SECONDS: wholeNumber(1, 86_400).default(900),
  RETENTION_DAYS: wholeNumber(14, 3650).default(90),
  RETENTION_RUNS: wholeNumber(1000, 100_000_000).default(200_000),
  JobsStorage: connectionString.nullable().default(null),
  JobsStorage__queueServiceUri: serviceUri.nullable().default(null),
  JobsStorage__blobServiceUri: serviceUri.nullable().default(null),
  JobsStorage__clientId: guid.nullable().default(null),
  WEBSITE_SITE_NAME: z.string().nullable().default(null),
});

/**
 * Reads the settings. An empty value counts as absent: the portal and shells make those.
 *
 * @throws {SettingsError} naming every setting that is missing, malformed or contradicts another.
 */
export function parseSettings(environment: Environment): Settings {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const problems: SettingProblem[] = [];
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    problems.push({ setting: issue.path.join('.'), message: issue.message });
  }

  const database = (setting: string, url: string): DatabaseTarget | null => {
    const result = parseDatabaseUrl(setting, url);
    if (result.ok) return result.target;
    problems.push(...result.problems.map((message) => ({ setting, message })));
    return null;
  };

  const databases = new Map<string, DatabaseTarget>();
  for (const [setting, url] of databaseUrls(given)) {
    const name = setting === 'DATABASE_URL' ? 'main' : setting.slice('DATABASE_URL_'.length).toLowerCase();
    if (setting !== 'DATABASE_URL' && name === 'main') {
      problems.push({
        setting,
        message: 'is called main already: that is DATABASE_URL. Choose another name',
      });
      continue;
    }
    const target = database(setting, url);
    if (target) databases.set(name, target);
  }
  if (given['DATABASE_URL'] === undefined) {
    problems.push({
      setting: 'DATABASE_URL',
      message:
        'is missing. It names the database, for example postgresql://my-function-app@my-server.postgres.database.azure.com/mydb',
    });
  }
  const queryUrl = given['QUERY_DATABASE_URL'];
  const queryDatabase = queryUrl === undefined ? null : database('QUERY_DATABASE_URL', queryUrl);
  for (const target of databases.values()) {
    if (queryDatabase && queryDatabase.user === target.user && queryDatabase.host === target.host) {
      problems.push({
        setting: 'QUERY_DATABASE_URL',
        message:
          'has the same login as a DATABASE_URL. Ad-hoc queries need a login of their own: it is the fence around them. `nightshift setup --query-login <name>` makes one',
      });
      break;
    }
  }

  checkStorage(given, problems);
  if (parsed.success) {
    const { JOBS_QUEUE, QUERIES_QUEUE, RESULTS_QUEUE } = parsed.data;
    if (new Set([JOBS_QUEUE, QUERIES_QUEUE, RESULTS_QUEUE]).size < 3) {
      problems.push({
        setting: 'JOBS_QUEUE',
        message: 'and QUERIES_QUEUE and RESULTS_QUEUE must name three different queues',
      });
    }
  }

  if (problems.length > 0 || !parsed.success) throw new SettingsError(problems);
  const values = parsed.data;
  return {
    databases,
    queryDatabase,
    clientId: values.AZURE_CLIENT_ID,
    queryClientId: values.QUERY_AZURE_CLIENT_ID,
    cloud: values.AZURE_CLOUD,
    queues: { jobs: values.JOBS_QUEUE, queries: values.QUERIES_QUEUE, results: values.RESULTS_QUEUE },
    messageEncoding: values.MESSAGE_ENCODING,
    storage: storageOf(values),
    maxDeferralMs: values.MAX_DEFERRAL_HOURS * 3_600_000,
    sweepAfter: {
      unpublishedSeconds: values.SWEEP_UNPUBLISHED_SECONDS,
      lostSeconds: values.SWEEP_LOST_SECONDS,
    },
    retention: { days: values.RETENTION_DAYS, runs: values.RETENTION_RUNS },
    eventSource: values.WEBSITE_SITE_NAME ? `/nightshift/${values.WEBSITE_SITE_NAME}` : '/nightshift',
  };
}

function databaseUrls(given: Environment): [string, string][] {
  return Object.entries(given)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .filter(([setting]) => setting === 'DATABASE_URL' || /^DATABASE_URL_[A-Z0-9_]+$/i.test(setting));
}

function checkStorage(given: Environment, problems: SettingProblem[]): void {
  const isConnectionString = given['JobsStorage'] !== undefined;
  const isAddress = given['JobsStorage__queueServiceUri'] !== undefined;
  if (isConnectionString && isAddress) {
    problems.push({
      setting: 'JobsStorage',
      message:
        'and JobsStorage__queueServiceUri are both set. Keep the connection string (Azurite) or the address (managed identity), not both',
    });
  }
  if (!isConnectionString && !isAddress) {
    problems.push({
      setting: 'JobsStorage',
      message:
        'is missing. Set JobsStorage__queueServiceUri to https://<account>.queue.core.windows.net for a managed identity, or JobsStorage to UseDevelopmentStorage=true for Azurite',
    });
  }
}

function storageOf(values: z.infer<typeof schema>): StorageSettings {
  if (values.JobsStorage !== null) return { connectionString: values.JobsStorage };
  return {
    // checkStorage has seen that there is one or the other.
    queueServiceUri: values.JobsStorage__queueServiceUri ?? '',
    blobServiceUri: values.JobsStorage__blobServiceUri,
    clientId: values.JobsStorage__clientId,
  };
}
