import { EXIT } from '../exitCodes.ts';
import { readLoginFacts } from '../setup/loginFacts.ts';
import { rightsProblems } from '../setup/loginRights.ts';
import { Broken, type Check, ok, warning } from './check.ts';
import type { DatabasePatient } from './patient.ts';

/** Too few rights stop the app; too many are a hole in its fence, which nobody notices otherwise. */
export const grantsCheck: Check<DatabasePatient> = {
  name: 'grants',
  async examine({ database, target, purpose }) {
    const facts = await database.withConnection((connection) => readLoginFacts(connection, target.user));
    const { missing, excessive } = rightsProblems(purpose, target.user, facts);
    if (missing.length > 0) {
      throw new Broken(
        EXIT.schema,
        missing.join(' '),
        "Run, with an administrator's address in SETUP_DATABASE_URL: npx nightshift setup",
      );
    }
    if (excessive.length > 0)
      return warning(
        excessive.map(({ what }) => what),
        excessive.map(({ cure }) => cure).join(' '),
      );
    return ok(`${target.user} has the rights it needs, and no more.`);
  },
};
