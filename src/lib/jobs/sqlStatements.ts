import { hasSqlDetails, type Node, parse } from 'libpg-query';
import type { Statement } from './job.ts';
import { byteOffsets, offsetOfCharacter } from './position.ts';
import type { Finding } from './problem.ts';
import { sqlTokens } from './sqlTokens.ts';

/** A statement with what PostgreSQL's parser understood of it. */
export interface ParsedStatement extends Statement {
  readonly node: Node;
}

export type SplitSql =
  | { readonly ok: true; readonly statements: readonly ParsedStatement[] }
  | { readonly ok: false; readonly finding: Finding };

/**
 * Splits SQL where PostgreSQL would, with its own parser. For the build and the command only: it loads WASM.
 * Of syntax errors there is only ever the first, as in PostgreSQL.
 */
export async function splitStatements(sql: string): Promise<SplitSql> {
  // C's strings end there, so the parser would not see what follows.
  const nul = sql.indexOf('\0');
  if (nul >= 0) return { ok: false, finding: { at: nul, message: 'SQL cannot hold the character U+0000.' } };
  if (sql.trim() === '') return { ok: true, statements: [] };
  try {
    const { stmts = [] } = await parse(sql);
    const ends = await lastTokenEnds(sql);
    const utf16 = byteOffsets(sql);
    let token = 0;
    const statements = stmts.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
      if (!stmt) return [];
      const limit = stmt_len === undefined ? sql.length : utf16(stmt_location + stmt_len);
      while ((ends[token + 1] ?? Number.POSITIVE_INFINITY) <= limit) token += 1;
      return [{ start: utf16(stmt_location), end: ends[token] ?? limit, node: stmt }];
    });
    return { ok: true, statements };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, finding: { at: 0, message: TOO_DEEP } };
    if (!hasSqlDetails(error)) throw error;
    // Unlike every other offset of libpg-query this one counts characters, as PostgreSQL does; 0 is the first.
    const at = offsetOfCharacter(sql, (error.sqlDetails?.cursorPosition ?? 0) + 1);
    return { ok: false, finding: { at, message: explain(sql, at, error.message) } };
  }
}

/** Ends of the tokens that are neither comment nor semicolon, ascending: the parser's ends reach further. */
async function lastTokenEnds(sql: string): Promise<readonly number[]> {
  const tokens = (await sqlTokens(sql)) ?? [];
  return tokens.filter(({ kind, text }) => kind !== 'comment' && text !== ';').map(({ end }) => end);
}

/** What people paste from psql scripts fails as plain syntax errors; say what it is. */
function explain(sql: string, at: number, message: string): string {
  const rest = sql.slice(at);
  const before = sql.slice(0, at);
  if (/\bcopy\b[^;]*\bfrom\s+stdin\b[^;]*;/i.test(before)) return COPY_DATA;
  const command = /^\\\w*/.exec(rest)?.[0];
  if (command !== undefined) {
    return `${command} is a command of psql, not SQL, and a job runs without psql: write it as SQL.`;
  }
  if (/^:(?:'\w+'|"\w+"|\w+)/.test(rest)) {
    return `${message}: psql's variables do not exist here. Declare a parameter and read it with nightshift.parameter('name').`;
  }
  return `${message}.`;
}

/** The WASM module's recursion ends in JavaScript's RangeError, without a position. */
const TOO_DEEP = 'This SQL nests too deeply to be read: break up its longest expression.';

const COPY_DATA =
  "Rows after COPY ... FROM STDIN are psql's way: a job has no client to send them. Use INSERT ... VALUES.";
