import { scan } from 'libpg-query';
import { byteOffsets } from './position.ts';

/** A token of PostgreSQL's own lexer, at UTF-16 offsets. */
export interface SqlToken {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: 'comment' | 'string' | 'other';
}

/** The tokens of a text; null where PostgreSQL's lexer stops at an error, such as a quote without its end. */
export async function sqlTokens(sql: string): Promise<readonly SqlToken[] | null> {
  if (sql.trim() === '') return [];
  // libpg-query 18.1 answers in JSON that does not escape control characters. A space has their length.
  const scannable = sql.replace(CONTROL_CHARACTERS, ' ');
  const tokens = await scan(scannable).then(
    (result) => result.tokens,
    () => null,
  );
  const utf16 = byteOffsets(sql);
  return (
    tokens?.map((token) => {
      const start = utf16(token.start);
      const end = utf16(token.end);
      return { start, end, text: sql.slice(start, end), kind: KINDS[token.tokenName] ?? 'other' };
    }) ?? null
  );
}

const KINDS: Readonly<Record<string, SqlToken['kind']>> = {
  SQL_COMMENT: 'comment',
  C_COMMENT: 'comment',
  SCONST: 'string',
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
const CONTROL_CHARACTERS = /[\x01-\x08\x0b-\x1f\x7f]/g;
