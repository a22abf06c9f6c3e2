import { type DatabaseTarget, parseDatabaseUrl } from '../../lib/database/databaseUrl.ts';
import type { SetupOptions } from '../../lib/ledger/setupSteps.ts';
import { type Environment, type SettingProblem, SettingsError } from '../../lib/settings.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';
import type { Principal } from './principals.ts';
import { guessServerKind, type ServerKind } from './serverKind.ts';

/** What setup does in one configured database. */
export interface DatabasePlan {
  /** DATABASE_URL, or DATABASE_URL_<NAME>. */
  readonly setting: string;
  /** The admin's connection to that database. */
  readonly admin: DatabaseTarget;
  /** The same, to database postgres, where Flexible Server has its functions for identities. */
  readonly adminOfServer: DatabaseTarget;
  readonly kind: ServerKind;
  readonly principals: readonly Principal[];
  readonly options: SetupOptions;
}

export interface SetupChoices {
  readonly appLogin?: string;
  readonly queryLogin?: string;
  readonly appObjectId?: string;
  readonly queryObjectId?: string;
  readonly server?: ServerKind;
}

/**
 * Decides from the settings and the command line what is to be set up where.
 *
 * @throws SettingsError for addresses that are missing, wrong or contradict each other; CliError for a login's name
 */
export function planSetup(environment: Environment, choices: SetupChoices): DatabasePlan[] {
  const problems: SettingProblem[] = [];
  const read = (setting: string): DatabaseTarget | null => {
    const url = environment[setting]?.trim();
    if (!url) return null;
    const result = parseDatabaseUrl(setting, url);
    if (result.ok) return result.target;
    problems.push(...result.problems.map((message) => ({ setting, message })));
    return null;
  };

  const queries = read('QUERY_DATABASE_URL');
  const plans = databaseSettings(environment).flatMap((setting): DatabasePlan[] => {
    const adminSetting = environment[`SETUP_${setting}`]?.trim() ? `SETUP_${setting}` : setting;
    const admin = read(adminSetting);
    const target = read(setting) ?? admin;
    if (admin === null || target === null) return [];
    if (admin.database !== target.database) {
      problems.push({ setting: adminSetting, message: `must name the database of ${setting}` });
    }
    const appLogin = choices.appLogin ?? (environment[setting]?.trim() ? target.user : undefined);
    if (appLogin === undefined) {
      problems.push({
        setting,
        message: "is missing, so the app's login is not known: give it by --app-login",
      });
      return [];
    }
    const isForQueries =
      queries === null
        ? setting === 'DATABASE_URL'
        : queries.database === target.database && queries.host === target.host;
    const queryLogin = isForQueries ? (choices.queryLogin ?? queries?.user ?? null) : null;
    const app: Principal = {
      login: checkedLogin(appLogin),
      usesPassword: target !== admin && target.password !== null,
      objectId: choices.appObjectId ?? null,
      clientId: environment['AZURE_CLIENT_ID'] || null,
    };
    const query: Principal | null =
      queryLogin === null
        ? null
        : {
            login: checkedLogin(queryLogin),
            usesPassword: queries !== null && queries.password !== null,
            objectId: choices.queryObjectId ?? null,
            clientId: environment['QUERY_AZURE_CLIENT_ID'] || null,
          };
    const kind = choices.server ?? guessServerKind({ host: admin.host, user: appLogin });
    const adminOfServer = atServer(adminSetting, environment);
    return [{ setting, admin, adminOfServer, kind, ...loginsOf(kind, app, query) }];
  });
  if (problems.length > 0) throw new SettingsError(problems);
  if (plans.length === 0) {
    throw new SettingsError([
      {
        setting: 'DATABASE_URL',
        message: 'is missing, and so is SETUP_DATABASE_URL: one of them must say where to set up',
      },
    ]);
  }
  return plans;
}

function loginsOf(
  kind: ServerKind,
  app: Principal,
  query: Principal | null,
): Pick<DatabasePlan, 'principals' | 'options'> {
  if (app.login === query?.login) {
    throw new CliError(
      EXIT.usage,
      `Ad-hoc queries need a login of their own, not the app's (${app.login}): it is the fence around them.`,
    );
  }
  return {
    principals: query === null ? [app] : [app, query],
    options: {
      appLogin: roleOf(kind, app.login),
      queryLogin: query === null ? null : roleOf(kind, query.login),
    },
  };
}

/** On Single Server the login is role@server. */
const roleOf = (kind: ServerKind, login: string) =>
  kind === 'single' ? (login.split('@')[0] ?? login) : login;

/** PostgreSQL would cut a longer name, and then two logins could be one. */
function checkedLogin(login: string): string {
  if (login.trim() === '' || login.includes('\0'))
    throw new CliError(EXIT.usage, 'A login must have a name.');
  if (Buffer.byteLength(login) > 63) {
    throw new CliError(
      EXIT.usage,
      `The login ${login} is ${Buffer.byteLength(login)} bytes long; PostgreSQL's names hold 63.`,
    );
  }
  return login;
}

/** DATABASE_URL first; an admin's address alone is enough for a database that the app does not know yet. */
function databaseSettings(environment: Environment): string[] {
  const names = Object.keys(environment)
    .filter((name) => environment[name]?.trim())
    .map((name) => name.replace(/^SETUP_/, ''))
    .filter((name) => /^DATABASE_URL(_[A-Z0-9_]+)?$/i.test(name));
  return [...new Set(names)].sort();
}

function atServer(setting: string, environment: Environment): DatabaseTarget {
  const url = (environment[setting] ?? '').trim().replace(/^([^:]+:\/\/[^/?]*)(\/[^?]*)?/, '$1/postgres');
  const result = parseDatabaseUrl(setting, url);
  if (!result.ok) throw new SettingsError(result.problems.map((message) => ({ setting, message })));
  return result.target;
}
