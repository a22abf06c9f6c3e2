import { type Node, parsePlPgSQL } from 'libpg-query';
import type { Finding } from './problem.ts';
import { endsTransaction } from './sqlRules.ts';
import type { ParsedStatement } from './sqlStatements.ts';

/**
 * What is wrong inside a DO block in PL/pgSQL, which PostgreSQL itself reads only when it runs: a syntax error, in its
 * SQL too, and a COMMIT or ROLLBACK in a job with a transaction. Null for other statements, and where nothing is.
 */
export async function doBlockFinding(
  sql: string,
  { start, node }: ParsedStatement,
  transaction: boolean,
): Promise<Finding | null> {
  const body = bodyOf(node);
  if (body === null) return null;
  const bodyStart = sql.indexOf(body, start);
  const at = (offset: number) => (bodyStart < 0 || offset < 0 ? start : bodyStart + offset);
  try {
    const parsed = await parsePlPgSQL(asFunction(body));
    const ending = transaction ? findEnding(parsed) : null;
    return ending && { at: at(offsetInLine(body, ending)), message: endsTransaction(ending.command) };
  } catch (error) {
    // The parser knows no catalog: it takes a field of a row type for an unknown variable. Grammar it knows.
    const message = error instanceof Error ? error.message : '';
    if (!/^(?:syntax error|unterminated)/.test(message)) return null;
    return { at: at(onlyPlaceOf(message, body)), message: `${message}, in the PL/pgSQL of this DO block.` };
  }
}

function bodyOf(node: Node): string | null {
  if (!('DoStmt' in node)) return null;
  const options = new Map(
    node.DoStmt.args?.map((arg) => {
      const { defname = '', arg: value } = 'DefElem' in arg ? arg.DefElem : {};
      return [defname, value && 'String' in value ? (value.String.sval ?? '') : ''];
    }),
  );
  return (options.get('language') ?? 'plpgsql') === 'plpgsql' ? (options.get('as') ?? '') : null;
}

/** The parser reads functions only, and their grammar is that of DO. */
const asFunction = (body: string) =>
  `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS '${body.replaceAll("'", "''")}'`;

interface Ending {
  readonly command: string;
  /** From 1. */
  readonly line: number;
}

const ENDINGS = new Map([
  ['PLpgSQL_stmt_commit', 'COMMIT'],
  ['PLpgSQL_stmt_rollback', 'ROLLBACK'],
]);

/** The first anywhere in the tree, which is plain JSON. */
function findEnding(tree: unknown): Ending | null {
  if (typeof tree !== 'object' || tree === null) return null;
  for (const [key, value] of Object.entries(tree)) {
    const command = ENDINGS.get(key);
    if (command !== undefined) return { command, line: Number(Reflect.get(Object(value), 'lineno') ?? 1) };
    const found = findEnding(value);
    if (found) return found;
  }
  return null;
}

function offsetInLine(body: string, { command, line }: Ending): number {
  const lines = body.split(/(?<=\n)/);
  const before = lines.slice(0, line - 1).join('').length;
  return before + Math.max(0, (lines[line - 1] ?? '').search(new RegExp(`\\b${command}\\b`, 'i')));
}

/** The parser tells the word but not the place: known if the body has it once. */
function onlyPlaceOf(message: string, body: string): number {
  const word = /at or near "(.+)"$/s.exec(message)?.[1] ?? '';
  const first = body.indexOf(word);
  return word !== '' && first === body.lastIndexOf(word) ? first : -1;
}
