import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { parseSettings, SettingsError } from '../src/lib/settings.ts';

const ENOUGH = {
  DATABASE_URL: 'postgresql://my-app@server.postgres.database.azure.com/shop',
  JobsStorage: 'UseDevelopmentStorage=true',
};

function problems(environment: Record<string, string | undefined>): string[] {
  try {
    parseSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError)
      return error.problems.map(({ setting, message }) => `${setting} ${message}`);
    throw error;
  }
  return [];
}

test('two settings are enough, and every other has a default', () => {
  const settings = parseSettings(ENOUGH);
  expect([...settings.databases.keys()]).toEqual(['main']);
  expect(settings).toMatchObject({
    queryDatabase: null,
    cloud: 'public',
    queues: { jobs: 'nightshift-jobs', queries: 'nightshift-queries', results: 'nightshift-results' },
    messageEncoding: 'base64',
    storage: { connectionString: 'UseDevelopmentStorage=true' },
    maxDeferralMs: 24 * 3_600_000,
    retention: { days: 90 },
    eventSource: '/nightshift',
  });
});

test('an empty setting counts as absent, as portals and shells make them', () => {
  expect(parseSettings({ ...ENOUGH, AZURE_CLIENT_ID: '', QUERY_DATABASE_URL: '  ' }).clientId).toBeNull();
});

test('each DATABASE_URL_<NAME> is a database of that name', () => {
  const settings = parseSettings({
    ...ENOUGH,
    DATABASE_URL_EU: ENOUGH.DATABASE_URL,
    DATABASE_URL_us: ENOUGH.DATABASE_URL,
  });
  expect([...settings.databases.keys()].sort()).toEqual(['eu', 'main', 'us']);
});

test('the storage is an address for an identity, or a connection string', () => {
  const { JobsStorage: _, ...rest } = ENOUGH;
  const address = 'https://account.queue.core.windows.net';
  expect(parseSettings({ ...rest, JobsStorage__queueServiceUri: address }).storage).toMatchObject({
    queueServiceUri: address,
  });
});

test.each<[string, Record<string, string>, RegExp]>([
  ['no database', { DATABASE_URL: '' }, /^DATABASE_URL is missing/],
  ['no storage', { JobsStorage: '' }, /^JobsStorage is missing/],
  ['two storages', { JobsStorage__queueServiceUri: 'https://a.queue.core.windows.net' }, /both set/],
  [
    'a token over http',
    { JobsStorage: '', JobsStorage__queueServiceUri: 'http://a.queue.core.windows.net' },
    /must be an https/,
  ],
  ['a storage that is none', { JobsStorage: 'hello' }, /^JobsStorage must be a storage connection string/],
  [
    'a client id that is no GUID',
    { AZURE_CLIENT_ID: 'my-identity' },
    /^AZURE_CLIENT_ID must be the client id/,
  ],
  ['an unknown cloud', { AZURE_CLOUD: 'mars' }, /^AZURE_CLOUD must be public, usgov or china/],
  ['an unknown encoding', { MESSAGE_ENCODING: 'utf7' }, /^MESSAGE_ENCODING must be base64 or none/],
  ['a queue name with capitals', { JOBS_QUEUE: 'Jobs' }, /^JOBS_QUEUE must be a queue name/],
  ['one queue for two things', { RESULTS_QUEUE: 'nightshift-jobs' }, /three different queues/],
  [
    'a database called main twice',
    { DATABASE_URL_MAIN: ENOUGH.DATABASE_URL },
    /^DATABASE_URL_MAIN is called main already/,
  ],
  [
    "queries with the app's login",
    { QUERY_DATABASE_URL: ENOUGH.DATABASE_URL },
    /^QUERY_DATABASE_URL has the same login/,
  ],
  ['a retention below two weeks', { RETENTION_DAYS: '7' }, /^RETENTION_DAYS must be a whole number from 14/],
  [
    'a deferral that is no number',
    { MAX_DEFERRAL_HOURS: 'a day' },
    /^MAX_DEFERRAL_HOURS must be a whole number/,
  ],
  ['another kind of database', { DATABASE_URL: 'mysql://a@b/c' }, /^DATABASE_URL /],
])('%s is told', (_, change, expected) => {
  const found = problems({ ...ENOUGH, ...change });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});

test('all that is wrong is told at once, and no value of it', () => {
  const secret = 'hunter2secret';
  const environment = {
    DATABASE_URL: `postgresql://me:${secret}@`,
    JobsStorage: `key ${secret}`,
    AZURE_CLIENT_ID: secret,
    QUERY_DATABASE_URL: `http://${secret}`,
    JOBS_QUEUE: secret.toUpperCase(),
  };
  const settings = new Set(problems(environment).map((problem) => problem.split(' ')[0]));
  expect([...settings].sort()).toEqual([
    'AZURE_CLIENT_ID',
    'DATABASE_URL',
    'JOBS_QUEUE',
    'JobsStorage',
    'QUERY_DATABASE_URL',
  ]);
  let error: unknown;
  try {
    parseSettings(environment);
  } catch (thrown) {
    error = thrown;
  }
  expect(inspect(error).toLowerCase()).not.toContain(secret);
});
