/**
 * Why the database did not do what it was asked, by what a caller does about it:
 *
 * - `away`: nobody answered, or not yet (no route, no token, too many connections, a server that starts or stops).
 *   Nothing was executed. Come back later.
 * - `refused`: the server answered and said no to this login or database. Nothing was executed; somebody must act.
 * - `tls`: the server is not proven to be the one that the URL names. Nothing was sent to it.
 * - `replica`, `pooler`, `version`: the server answers, but it is not one that a job may run on.
 * - `lost`: the connection ended while it was used. What was under way may have been done or not.
 * - `sql`: the server refused a statement (see SqlError); the connection is as good as before.
 */
export type DatabaseErrorKind =
  | 'away'
  | 'refused'
  | 'tls'
  | 'replica'
  | 'pooler'
  | 'version'
  | 'lost'
  | 'sql';

/** The one error that src/lib/database throws. Its message says where, what was wrong and what to do, and holds no secret. */
export class DatabaseError extends Error {
  readonly kind: DatabaseErrorKind;
  /** SQLSTATE, where the server gave one. */
  readonly sqlState: string | null;

  constructor(
    kind: DatabaseErrorKind,
    message: string,
    options: { sqlState?: string | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DatabaseError';
    this.kind = kind;
    this.sqlState = options.sqlState ?? null;
  }
}

/** The fields of PostgreSQL's ErrorResponse (https://www.postgresql.org/docs/current/protocol-error-fields.html). */
export interface SqlErrorFields {
  readonly severity: string;
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
  /** Where in the text that was sent, in characters (code points), from 1; for a script, in the whole script. */
  readonly position: number | null;
  /** Where in `internalQuery`, a statement that a function ran. */
  readonly internalPosition: number | null;
  readonly internalQuery: string | null;
  /** The call stack, innermost first. */
  readonly where: string | null;
  readonly schema: string | null;
  readonly table: string | null;
  readonly column: string | null;
  readonly constraint: string | null;
}

/** A statement that the server refused. `message` is the server's own. */
export class SqlError extends DatabaseError {
  readonly fields: SqlErrorFields;
  /** How many statements of the script had completed; the next one failed. A syntax error fails them all: 0. */
  readonly statementIndex: number;
  declare readonly sqlState: string;

  constructor(fields: SqlErrorFields, statementIndex = 0) {
    super('sql', fields.message, { sqlState: fields.sqlState });
    this.name = 'SqlError';
    this.fields = fields;
    this.statementIndex = statementIndex;
  }
}
