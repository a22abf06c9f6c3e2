import { SCHEMA_VERSION } from '../../lib/ledger/migrations.ts';
import { schemaVersion } from '../../lib/ledger/schemaVersion.ts';
import { EXIT } from '../exitCodes.ts';
import { Broken, type Check, ok } from './check.ts';
import type { DatabasePatient } from './patient.ts';

export const schemaCheck: Check<DatabasePatient> = {
  name: 'schema',
  applies: ({ purpose }) => purpose === 'app',
  async examine({ database, target }) {
    const version = await database.withConnection(schemaVersion);
    if (version === SCHEMA_VERSION) return ok(`Schema version ${version}, as this build needs it.`);
    if (version === null) {
      throw new Broken(
        EXIT.schema,
        `Database ${target.database} has no schema nightshift that ${target.user} may use.`,
        SETUP,
      );
    }
    throw version < SCHEMA_VERSION
      ? new Broken(
          EXIT.schema,
          `The schema has version ${version}; this build needs ${SCHEMA_VERSION}.`,
          SETUP,
        )
      : new Broken(
          EXIT.schema,
          `The schema has version ${version}; this build knows only ${SCHEMA_VERSION}.`,
          'Deploy the build that is newer, or use its command.',
        );
  },
};

const SETUP = "Run, with an administrator's address in SETUP_DATABASE_URL: npx nightshift setup";
