import { type Check, ok, warning } from './check.ts';
import type { DatabasePatient } from './patient.ts';

/** What one instance of the app opens at most (see app.ts): four runs at once and one for the rest; four queries. */
const CONNECTIONS = { app: 5, queries: 4 } as const;

// reserved_connections came with PostgreSQL 16.
const BUDGET = `
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
         - coalesce(current_setting('reserved_connections', true), '0')::int AS of_server,
       rolconnlimit AS of_login,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS in_use
FROM pg_roles WHERE rolname = session_user`;

/** Connections are a budget: instances times pool must fit the login's limit and the server's. */
export const budgetCheck: Check<DatabasePatient> = {
  name: 'connections',
  async examine({ database, purpose, target }) {
    const [row] = await database.withConnection((connection) => connection.query(BUDGET));
    const ofServer = Number(row?.['of_server']);
    const ofLogin = Number(row?.['of_login']);
    const inUse = Number(row?.['in_use']);
    const each = CONNECTIONS[purpose];
    const limit = ofLogin < 0 ? ofServer : Math.min(ofLogin, ofServer);
    const instances = Math.floor(limit / each);
    const facts = [
      `The server has ${ofServer} connections, ${inUse} in use; ${target.user} may have ${ofLogin < 0 ? 'all of them' : ofLogin}.`,
      `An instance opens ${each} at most, so ${instances} ${instances === 1 ? 'instance fits' : 'instances fit'}.`,
    ];
    if (ofLogin < 0)
      return warning(
        facts,
        `The app could take every connection of the server. npx nightshift setup sets a limit for ${target.user}.`,
      );
    if (instances < 1)
      return warning(facts, `Raise it: ALTER ROLE "${target.user}" CONNECTION LIMIT ${each * 4};`);
    return ok(...facts);
  },
};
