/** What the embedded stack, compose.yaml and local.settings.example.json call things alike. */
export const PORTS = { postgres: 55432, blob: 10000, queue: 10001, table: 10002 } as const;

export const DATABASE = 'shop';

/** The app's login, whose password is a token of the system-assigned identity. */
export const APP_LOGIN = 'nightshift-app';
/** The login of ad-hoc queries, whose password is a token of a user-assigned identity. */
export const QUERY_LOGIN = 'nightshift-query';

export const QUEUES = {
  jobs: 'nightshift-jobs',
  queries: 'nightshift-queries',
  results: 'nightshift-results',
} as const;
