import type { SqlError } from '../database/databaseError.ts';
import { isTransient } from '../database/sqlState.ts';
import type { Job } from '../jobs/job.ts';
import { lineAndColumn, offsetOfCharacter } from '../jobs/position.ts';
import type { ErrorData } from '../messages/resultData.ts';

/** Where the text that failed stands in the job's file. */
export interface SentText {
  readonly text: string;
  /** Where the file's text begins in what was sent, less where that begins in the file: UTF-16 units. */
  readonly shift: number;
  /** Which of the file's statements failed, from 0; beyond the last for what follows the file. */
  readonly statement: number;
}

/** PostgreSQL's error in the file's own terms: its line and column, not those of what was sent. */
export function jobError(job: Job, error: SqlError, sent: SentText): ErrorData {
  const { fields } = error;
  const offset = offsetInFile(job, error, sent);
  const place = offset === null ? null : lineAndColumn(job.sql, offset);
  return {
    sqlState: fields.sqlState,
    message: fields.message,
    detail: fields.detail,
    hint: fields.hint,
    file: job.file,
    line: place?.line ?? null,
    column: place?.column ?? null,
    retryable: isTransient(fields.sqlState),
  };
}

function offsetInFile(job: Job, { fields }: SqlError, sent: SentText): number | null {
  if (fields.position !== null) {
    const offset = offsetOfCharacter(sent.text, fields.position) - sent.shift;
    return offset >= 0 && offset <= job.sql.length ? offset : null;
  }
  const statement = job.statements[sent.statement];
  if (statement === undefined) return null;
  return statement.start + doBlockOffset(job.sql.slice(statement.start, statement.end), fields.where);
}

/**
 * PL/pgSQL tells the line within a DO block, counted from the line of the opening quote:
 * `PL/pgSQL function inline_code_block line 5 at RAISE`.
 */
function doBlockOffset(statement: string, where: string | null): number {
  const line = /^PL\/pgSQL function inline_code_block line (\d+)/m.exec(where ?? '')?.[1];
  const body = /^DO\b[^$]*\$[^$\s]*\$/i.exec(statement);
  if (line === undefined || body === null) return 0;
  let offset = body[0].length;
  for (let passed = 1; passed < Number(line); passed += 1) {
    const next = statement.indexOf('\n', offset);
    if (next === -1) return 0;
    offset = next + 1;
  }
  return offset + (/^\s*/.exec(statement.slice(offset))?.[0].length ?? 0);
}
