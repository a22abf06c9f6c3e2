import type { SqlErrorFields } from './databaseError.ts';

/** pg's error, whose positions are text and whose absent fields are undefined. */
interface ServerError {
  readonly severity?: string | undefined;
  readonly code?: string | undefined;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: string | undefined;
  readonly internalPosition?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly where?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
}

export function sqlErrorFields(error: ServerError): SqlErrorFields {
  return {
    severity: error.severity ?? 'ERROR',
    // Every server sends a code (protocol 3); what does not is not PostgreSQL.
    sqlState: error.code ?? 'XX000',
    message: error.message,
    detail: error.detail ?? null,
    hint: error.hint ?? null,
    position: number(error.position),
    internalPosition: number(error.internalPosition),
    internalQuery: error.internalQuery ?? null,
    where: error.where ?? null,
    schema: error.schema ?? null,
    table: error.table ?? null,
    column: error.column ?? null,
    constraint: error.constraint ?? null,
  };
}

const number = (text: string | undefined) => (text === undefined ? null : Number(text));
