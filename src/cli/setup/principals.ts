import { quoteIdentifier, quoteLiteral } from '../../lib/database/quote.ts';
import type { SetupStep } from '../../lib/ledger/setupSteps.ts';
import type { ServerKind } from './serverKind.ts';

/** An identity that logs in to the server. */
export interface Principal {
  readonly login: string;
  /** It logs in with a password, as plain PostgreSQL has it; setup does not know it, as it shows what it runs. */
  readonly usesPassword: boolean;
  /** Its object (principal) id in Entra; null lets the server find it by its name. */
  readonly objectId: string | null;
  readonly clientId: string | null;
}

/**
 * Makes identities known to the server, once for the whole server; harmless to repeat. Everything that follows treats
 * them like any other login.
 * learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
 */
export function principalSteps(kind: ServerKind, principals: readonly Principal[]): SetupStep[] {
  if (kind === 'plain') return [];
  return principals.map(kind === 'flexible' ? flexible : single);
}

/** Of the arguments that follow the name: not an administrator, no multi-factor login. */
function flexible({ login, objectId }: Principal): SetupStep {
  const name = quoteLiteral(login);
  const create =
    objectId === null
      ? `pgaadauth_create_principal(${name}, false, false)`
      : `pgaadauth_create_principal_with_oid(${name}, ${quoteLiteral(objectId)}, 'service', false, false)`;
  return {
    what: `Make the identity ${login} known to the server (database postgres)`,
    sql: `SELECT ${create} WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${name});`,
  };
}

/** Single Server was retired on 2025-03-28: for whoever still has one, to be run by hand. */
function single({ login, clientId }: Principal): SetupStep {
  const role = login.split('@')[0] ?? login;
  return {
    what: `Make the identity ${login} known to the server (Single Server, retired)`,
    sql: `SET aad_validate_oids_in_tenant = off;
CREATE ROLE ${quoteIdentifier(role)} WITH LOGIN PASSWORD ${quoteLiteral(clientId ?? 'CLIENT_ID')} IN ROLE azure_ad_user;`,
  };
}
