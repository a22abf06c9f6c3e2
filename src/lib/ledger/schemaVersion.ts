import type { Connection, Database } from '../database/connection.ts';
import { DatabaseError, SqlError } from '../database/databaseError.ts';
import { SCHEMA_VERSION } from './migrations.ts';

/** Undefined schema, undefined function, no right to either: the schema is not there, or not for this login. */
const NOT_SET_UP = new Set(['3F000', '42883', '42501']);

const checked = new WeakSet<Database>();

/**
 * Asked once for each database and process: is the ledger there, and the one that this build was made for?
 * Its tables may be older or newer while a deployment is under way, so the answer is "not yet", never "never".
 *
 * @throws DatabaseError of kind `version`
 */
export async function checkSchemaVersion(database: Database, connection: Connection): Promise<void> {
  if (checked.has(database)) return;
  const version = await schemaVersion(connection);
  const where = `${database.target.setting} (database ${database.target.database})`;
  if (version === null) {
    throw new DatabaseError(
      'version',
      `${where} has no schema nightshift that login ${database.target.user} may use. Run: npx nightshift setup`,
    );
  }
  if (version < SCHEMA_VERSION) {
    throw new DatabaseError(
      'version',
      `${where} has schema version ${version}, and this build needs ${SCHEMA_VERSION}. Run: npx nightshift setup`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new DatabaseError(
      'version',
      `${where} has schema version ${version}, and this build knows only ${SCHEMA_VERSION}. Deploy the newer build.`,
    );
  }
  checked.add(database);
}

/** Null: there is none, or none that this login may see. */
export async function schemaVersion(connection: Connection): Promise<number | null> {
  try {
    const [row] = await connection.query('SELECT nightshift.schema_version() AS version');
    const version = row?.['version'];
    return version ? Number(version) : null;
  } catch (error) {
    if (error instanceof SqlError && NOT_SET_UP.has(error.sqlState)) return null;
    throw error;
  }
}
