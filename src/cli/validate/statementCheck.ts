import type { Node } from 'libpg-query';

/** A table or the like that a statement names. */
export interface NamedRelation {
  readonly schema: string | null;
  readonly name: string;
  /** Where it stands in the file: a UTF-8 byte offset. */
  readonly location: number;
}

/** What a utility command needs of the table that it works on; `maintain` is the owner's too, and grantable since 17. */
export type Need = 'truncate' | 'maintain' | 'owner' | null;

/** How a statement can be checked by the server without being run. */
export type StatementCheck =
  /** The planner reads every name and every right of it. */
  | { readonly by: 'explain' }
  /** A setting: harmless where all is rolled back, and what follows goes by it. */
  | { readonly by: 'set' }
  | { readonly by: 'relations'; readonly relations: readonly NamedRelation[]; readonly need: Need }
  | { readonly by: 'procedure'; readonly schema: string | null; readonly name: string }
  | { readonly by: 'nothing' };

/** What EXPLAIN takes: postgresql.org/docs/current/sql-explain.html. EXECUTE needs a PREPARE that was not run. */
const EXPLAINED = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'DeclareCursorStmt',
  'CreateTableAsStmt',
]);

const NEEDS: Readonly<Record<string, Need>> = {
  TruncateStmt: 'truncate',
  VacuumStmt: 'maintain',
  RefreshMatViewStmt: 'maintain',
  ReindexStmt: 'maintain',
  ClusterStmt: 'maintain',
  IndexStmt: 'owner',
  AlterTableStmt: 'owner',
  LockStmt: null,
  CopyStmt: null,
};

export function statementCheck(node: Node): StatementCheck {
  const [kind = '', content] = Object.entries(node)[0] ?? [];
  if (EXPLAINED.has(kind)) return { by: 'explain' };
  if (kind === 'VariableSetStmt') return { by: 'set' };
  if ('CallStmt' in node) {
    const names = (node.CallStmt.funccall?.funcname ?? []).flatMap((each) =>
      'String' in each ? [each.String.sval ?? ''] : [],
    );
    return {
      by: 'procedure',
      schema: names.length > 1 ? (names.at(-2) ?? null) : null,
      name: names.at(-1) ?? '',
    };
  }
  const need = NEEDS[kind];
  if (need === undefined || isForgiving(content)) return { by: 'nothing' };
  const relations = targetsOf(content);
  return relations.length > 0 ? { by: 'relations', relations, need } : { by: 'nothing' };
}

/** ALTER TABLE IF EXISTS. */
const isForgiving = (content: unknown) => isObject(content) && content['missing_ok'] === true;

/** Only the tables at the top: a partition's expression may name others. */
function targetsOf(content: unknown): NamedRelation[] {
  if (!isObject(content)) return [];
  const listed = [content['relations'], content['rels']].flatMap((list) => (Array.isArray(list) ? list : []));
  const inner = listed.flatMap((each) => {
    if (!isObject(each)) return [];
    const vacuumed = isObject(each['VacuumRelation']) ? each['VacuumRelation']['relation'] : undefined;
    return [each['RangeVar'] ?? vacuumed];
  });
  return [content['relation'], ...inner].flatMap(toRelation);
}

function toRelation(value: unknown): NamedRelation[] {
  if (!isObject(value) || typeof value['relname'] !== 'string') return [];
  const { schemaname, relname, location } = value;
  return [
    {
      schema: typeof schemaname === 'string' ? schemaname : null,
      name: relname,
      location: typeof location === 'number' ? location : 0,
    },
  ];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
