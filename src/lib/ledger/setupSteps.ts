import { quoteIdentifier, quoteLiteral } from '../database/quote.ts';
import grants from './grants.sql';
import { migrations } from './migrations.ts';

/** One thing that setup does: a sentence for people, and SQL that is harmless to repeat. */
export interface SetupStep {
  readonly what: string;
  readonly sql: string;
}

export interface SetupOptions {
  /** The login of the app's identity. */
  readonly appLogin: string;
  /** The login of ad-hoc queries; null leaves them off. */
  readonly queryLogin: string | null;
  /** Sessions that each login may have at once. @default 20 for the app, 5 for queries */
  readonly appConnectionLimit?: number;
  readonly queryConnectionLimit?: number;
}

/**
 * Everything setup does in one database, in order: roles, schema, migrations, rights. Each step may be run again,
 * and all of them run in one transaction, so a DBA may as well paste the text into psql.
 */
export function setupSteps(options: SetupOptions): SetupStep[] {
  const { appLogin, queryLogin, appConnectionLimit = 20, queryConnectionLimit = 5 } = options;
  return [
    // Two setups at once would both find nothing and both create it.
    {
      what: 'Wait for another setup to end',
      sql: `SELECT pg_advisory_xact_lock(hashtextextended('nightshift.setup', 0));`,
    },
    createRole('nightshift_owner', 'NOLOGIN', 'the owner of the ledger, who cannot log in'),
    createRole('nightshift_worker', 'NOLOGIN', 'the group that may call the ledger'),
    {
      what: 'Let the admin act as nightshift_owner',
      sql: `DO $setup$ BEGIN
  IF NOT pg_has_role(current_user, 'nightshift_owner', 'USAGE') THEN
    EXECUTE format('GRANT nightshift_owner TO %I', current_user);
  END IF;
END $setup$;`,
    },
    {
      what: 'Create schema nightshift',
      sql: 'CREATE SCHEMA IF NOT EXISTS nightshift AUTHORIZATION nightshift_owner;',
    },
    {
      what: 'Become nightshift_owner for what is in the schema',
      sql: 'SET LOCAL ROLE nightshift_owner;',
    },
    {
      what: 'Keep account of migrations',
      sql: `CREATE TABLE IF NOT EXISTS nightshift.migrations (
  version    integer     PRIMARY KEY,
  name       text        NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);`,
    },
    ...migrations.map(({ version, name, sql }) => ({
      what: `Migration ${version}: ${name}`,
      sql: `DO $migration$ BEGIN
  IF NOT EXISTS (SELECT FROM nightshift.migrations WHERE version = ${version}) THEN
    EXECUTE $body$
${sql}
$body$;
    INSERT INTO nightshift.migrations (version, name) VALUES (${version}, ${quoteLiteral(name)});
  END IF;
END $migration$;`,
    })),
    { what: 'Grant the least that each role needs', sql: grants },
    { what: 'Become the admin again', sql: 'RESET ROLE;' },
    ...loginSteps(appLogin, appConnectionLimit),
    {
      what: `Let ${appLogin} call the ledger`,
      sql: `GRANT nightshift_worker TO ${quoteIdentifier(appLogin)};`,
    },
    ...(queryLogin === null
      ? []
      : [
          ...loginSteps(queryLogin, queryConnectionLimit),
          {
            what: `Keep ${queryLogin} to reading`,
            sql: `ALTER ROLE ${quoteIdentifier(queryLogin)} SET default_transaction_read_only = on;`,
          },
        ]),
  ];
}

function loginSteps(login: string, connectionLimit: number): SetupStep[] {
  return [
    createRole(login, 'LOGIN', 'a login without a password'),
    {
      what: `Let ${login} connect, at most ${connectionLimit} times at once`,
      sql: `DO $setup$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ${quoteLiteral(login)});
END $setup$;
ALTER ROLE ${quoteIdentifier(login)} CONNECTION LIMIT ${connectionLimit};`,
    },
  ];
}

/** Roles are shared by all databases of a server: a setup of another one may create it in this very moment. */
function createRole(role: string, attributes: string, meaning: string): SetupStep {
  return {
    what: `Create role ${role}: ${meaning}`,
    sql: `DO $setup$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}) THEN
    CREATE ROLE ${quoteIdentifier(role)} ${attributes};
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $setup$;`,
  };
}
