import { quoteIdentifier } from '../../lib/database/quote.ts';
import type { LoginFacts } from './loginFacts.ts';

export interface RightsProblems {
  /** What keeps it from working. */
  readonly missing: readonly string[];
  /** What it can do and should not. `cure` is SQL for an administrator. */
  readonly excessive: readonly { readonly what: string; readonly cure: string }[];
}

/** Groups that Azure itself puts identities into; they give no rights of a database. */
const AZURES_OWN = new Set(['azure_ad_user']);

/** Compares a login's rights with those that its purpose needs: the app calls the ledger, queries only read. */
export function rightsProblems(
  purpose: 'app' | 'queries',
  login: string,
  facts: LoginFacts | null,
): RightsProblems {
  if (facts === null) return { missing: [`There is no login ${login}.`], excessive: [] };
  const name = quoteIdentifier(login);
  const missing = [
    ...(facts.canLogIn ? [] : [`${login} may not log in.`]),
    ...(facts.canConnect ? [] : [`${login} may not connect to this database.`]),
    ...(purpose === 'app' && !facts.isWorker
      ? [`${login} is not in nightshift_worker, so it may not call the ledger.`]
      : []),
  ];
  const tables = facts.ledgerTables.map((table) => `nightshift.${table}`).join(', ');
  const groups = facts.groups.filter((group) => !AZURES_OWN.has(group));
  const excessive = [
    ...facts.powers.map((power) => ({
      what: `${login} is ${power}.`,
      cure: `ALTER ROLE ${name} NO${power.toUpperCase()};`,
    })),
    ...(facts.isOwner && !facts.powers.includes('superuser')
      ? [
          {
            what: `${login} can act as the owner of the ledger.`,
            cure: `REVOKE nightshift_owner FROM ${name};`,
          },
        ]
      : []),
    ...(tables !== '' && !facts.powers.includes('superuser')
      ? [{ what: `${login} can touch the ledger's tables.`, cure: `REVOKE ALL ON ${tables} FROM ${name};` }]
      : []),
    ...(purpose === 'queries' ? groups : []).map((group) => ({
      what: `${login} has the rights of ${group}.`,
      cure: `REVOKE ${quoteIdentifier(group)} FROM ${name};`,
    })),
    ...(purpose === 'queries' && !facts.isReadOnly
      ? [
          {
            what: `${login} is not kept to reading by default.`,
            cure: `ALTER ROLE ${name} SET default_transaction_read_only = on;`,
          },
        ]
      : []),
  ];
  return { missing, excessive };
}
