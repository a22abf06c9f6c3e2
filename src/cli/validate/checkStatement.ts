import type { Connection } from '../../lib/database/connection.ts';
import { quoteIdentifier } from '../../lib/database/quote.ts';
import type { NamedRelation, Need, StatementCheck } from './statementCheck.ts';

/** What is wrong with a statement, as the server tells it: by an SqlError, or as one of these. */
export interface Lack {
  readonly message: string;
  /** Where it stands in the file, as a UTF-8 byte offset; null: the statement. */
  readonly location: number | null;
  /** Whether it may not be so once the statements before it were run. */
  readonly isUnknownName: boolean;
}

/** Stands before the statement in what is sent, and shifts the positions of the server's errors. */
export const EXPLAIN = 'EXPLAIN (COSTS OFF) ';

/** Asks the server about one statement, in a transaction that is rolled back. @throws SqlError */
export async function checkStatement(
  connection: Connection,
  text: string,
  check: StatementCheck,
): Promise<Lack[]> {
  switch (check.by) {
    case 'explain':
      // Its executor is started, which looks up all rights, and ended before the first row.
      await connection.query(EXPLAIN + text);
      return [];
    case 'set':
      await connection.query(text);
      return [];
    case 'relations': {
      const lacks: Lack[] = [];
      for (const relation of check.relations)
        lacks.push(...(await checkRelation(connection, relation, check.need)));
      return lacks;
    }
    case 'procedure':
      return checkProcedure(connection, check);
    case 'nothing':
      return [];
  }
}

// Superusers and, since 14, members of the owner have its rights.
const RELATION = `
SELECT c.oid, current_user AS login,
       has_table_privilege(c.oid, 'TRUNCATE') AS truncate,
       pg_has_role(c.relowner, 'USAGE') AS owner,
       CASE WHEN current_setting('server_version_num')::int >= 170000
            THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END AS maintain
FROM (SELECT to_regclass($1) AS oid) AS found LEFT JOIN pg_class c ON c.oid = found.oid`;

async function checkRelation(
  connection: Connection,
  { schema, name, location }: NamedRelation,
  need: Need,
): Promise<Lack[]> {
  const quoted = [...(schema === null ? [] : [schema]), name].map(quoteIdentifier).join('.');
  const [row] = await connection.query(RELATION, [quoted]);
  if (!row?.['oid']) {
    return [{ message: `There is no relation ${quoted}.`, location, isUnknownName: true }];
  }
  const holds = (right: string) => row[right] === 't';
  const isAllowed = need === null || holds('owner') || (need !== 'owner' && holds(need));
  if (isAllowed) return [];
  const login = quoteIdentifier(row['login'] ?? '');
  const cure =
    need === 'truncate'
      ? `GRANT TRUNCATE ON ${quoted} TO ${login};`
      : need === 'maintain'
        ? `GRANT MAINTAIN ON ${quoted} TO ${login}; (PostgreSQL 17 and later; before, it is the owner's).`
        : `It is its owner's: ALTER TABLE ${quoted} OWNER TO ${login}; or a role that it is a member of.`;
  return [
    { message: `${login} has no right to do this to ${quoted}. ${cure}`, location, isUnknownName: false },
  ];
}

const PROCEDURE = `
SELECT count(*) AS known, coalesce(bool_or(has_function_privilege(p.oid, 'EXECUTE')), false) AS allowed
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = $1 AND p.prokind = 'p' AND ($2::text IS NULL AND pg_function_is_visible(p.oid) OR n.nspname = $2)`;

async function checkProcedure(
  connection: Connection,
  { schema, name }: { readonly schema: string | null; readonly name: string },
): Promise<Lack[]> {
  const [row] = await connection.query(PROCEDURE, [name, schema]);
  const quoted = [...(schema === null ? [] : [schema]), name].map(quoteIdentifier).join('.');
  if (row?.['known'] === '0')
    return [{ message: `There is no procedure ${quoted}.`, location: null, isUnknownName: true }];
  if (row?.['allowed'] === 't') return [];
  return [{ message: `There is no right to call ${quoted}.`, location: null, isUnknownName: false }];
}
