import type { Connection } from '../../lib/database/connection.ts';
import { SCHEMA_VERSION } from '../../lib/ledger/migrations.ts';
import { schemaVersion } from '../../lib/ledger/schemaVersion.ts';
import { type LoginFacts, readLoginFacts } from './loginFacts.ts';
import { rightsProblems } from './loginRights.ts';
import type { DatabasePlan } from './setupPlan.ts';

/** What is there in place of what setup would make. */
interface Found {
  readonly version: number | null;
  /** Functions of the ledger that the app may not call. */
  readonly closed: number;
  /** Functions beyond the readers that everybody may call. */
  readonly open: number;
  readonly app: LoginFacts | null;
  readonly query: LoginFacts | null;
}

// Everybody may call the readers: a job's SQL runs as any role.
const FUNCTION_RIGHTS = `
SELECT count(*) FILTER (WHERE NOT w.may_call) AS closed,
       count(*) FILTER (WHERE has_function_privilege('public', p.oid, 'EXECUTE')
         AND p.proname NOT IN ('parameter', 'run_id', 'scheduled_for', 'attempt', 'schema_version')) AS open
FROM pg_proc p,
     LATERAL (SELECT coalesce((SELECT has_function_privilege(r.oid, p.oid, 'EXECUTE')
                               FROM pg_roles r WHERE r.rolname = 'nightshift_worker'), false) AS may_call) w
WHERE p.pronamespace = to_regnamespace('nightshift')`;

/** Compares a database with what setup would make of it; a sentence for each difference, none where it is as it should be. */
export async function checkSetup(connection: Connection, plan: DatabasePlan): Promise<string[]> {
  const { appLogin, queryLogin } = plan.options;
  const version = await schemaVersion(connection);
  const [rights] = await connection.query(FUNCTION_RIGHTS);
  return differences(plan, {
    version,
    closed: Number(rights?.['closed']),
    open: Number(rights?.['open']),
    app: await readLoginFacts(connection, appLogin),
    query: queryLogin === null ? null : await readLoginFacts(connection, queryLogin),
  });
}

export function differences({ options }: Pick<DatabasePlan, 'options'>, found: Found): string[] {
  const { appLogin, queryLogin, appConnectionLimit = 20, queryConnectionLimit = 5 } = options;
  const { version, closed, open } = found;
  return [
    ...(version === null ? ['There is no schema nightshift.'] : []),
    ...(version !== null && version !== SCHEMA_VERSION
      ? [`The schema has version ${version}; this build makes ${SCHEMA_VERSION}.`]
      : []),
    ...(closed > 0 ? [`The app may not call ${closed} of the ledger's functions.`] : []),
    ...(open > 0 ? [`Everybody may call ${open} functions that are the app's alone.`] : []),
    ...ofLogin('app', appLogin, found.app, appConnectionLimit),
    ...(queryLogin === null ? [] : ofLogin('queries', queryLogin, found.query, queryConnectionLimit)),
  ];
}

function ofLogin(
  purpose: 'app' | 'queries',
  login: string,
  facts: LoginFacts | null,
  limit: number,
): string[] {
  const { missing, excessive } = rightsProblems(purpose, login, facts);
  const limitProblem =
    facts !== null && facts.connectionLimit !== limit
      ? [
          `${login} may connect ${facts.connectionLimit < 0 ? 'without limit' : `${facts.connectionLimit} times`}; setup makes it ${limit}.`,
        ]
      : [];
  return [...missing, ...excessive.map(({ what, cure }) => `${what} ${cure}`), ...limitProblem];
}
