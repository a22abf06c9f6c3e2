import type { ErrorData } from './resultData.ts';

/** An error that is Nightshift's own finding, not PostgreSQL's. */
export function ownError(message: string, more: Partial<ErrorData> = {}): ErrorData {
  return {
    sqlState: null,
    message,
    detail: null,
    hint: null,
    file: null,
    line: null,
    column: null,
    retryable: false,
    ...more,
  };
}
