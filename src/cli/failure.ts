import { DatabaseError, type DatabaseErrorKind, SqlError } from '../lib/database/databaseError.ts';
import { TokenError } from '../lib/database/tokenError.ts';
import { SetupError } from '../lib/ledger/setup.ts';
import { QueueError } from '../lib/messages/queueError.ts';
import { StorageSettingsError } from '../lib/messages/storage.ts';
import { SettingsError } from '../lib/settings.ts';
import { EXIT, type ExitCode } from './exitCodes.ts';

export interface Failure {
  readonly message: string;
  readonly exitCode: ExitCode;
}

const BY_KIND: Readonly<Record<DatabaseErrorKind, ExitCode>> = {
  away: EXIT.network,
  lost: EXIT.network,
  refused: EXIT.login,
  replica: EXIT.login,
  pooler: EXIT.login,
  tls: EXIT.tls,
  version: EXIT.schema,
  sql: EXIT.schema,
};

/** What to tell of an error, and the exit code of its kind. */
export function explain(error: unknown): Failure {
  if (error instanceof SettingsError) return { message: error.message, exitCode: EXIT.settings };
  if (error instanceof StorageSettingsError) return { message: error.message, exitCode: EXIT.settings };
  if (error instanceof QueueError) {
    return { message: error.message, exitCode: hasTokenError(error) ? EXIT.identity : EXIT.storage };
  }
  if (error instanceof SetupError) return setupFailure(error);
  if (error instanceof TokenError) return { message: error.message, exitCode: EXIT.identity };
  if (error instanceof DatabaseError) {
    return { message: error.message, exitCode: hasTokenError(error) ? EXIT.identity : BY_KIND[error.kind] };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `${message} This should not have happened: --verbose shows where.`,
    exitCode: EXIT.internal,
  };
}

function hasTokenError(error: Error): boolean {
  if (error instanceof TokenError) return true;
  return error.cause instanceof Error && hasTokenError(error.cause);
}

/** insufficient_privilege, as each version of PostgreSQL words it, is one thing to a person. */
function setupFailure(error: SetupError): Failure {
  const isRefused = error.cause instanceof SqlError && error.cause.sqlState === '42501';
  const advice = isRefused
    ? ' SETUP_DATABASE_URL must have the login of an administrator of the server.'
    : '';
  return { message: `${error.message}${advice}`, exitCode: EXIT.schema };
}
