import type { Node } from 'libpg-query';

/**
 * Names that may mean something else once a statement was run, without their schemas; `everything` where the statement
 * can make or change anything.
 */
export function changedNames(node: Node): ReadonlySet<string> | 'everything' {
  const [kind = '', content] = Object.entries(node)[0] ?? [];
  if (CAN_DO_ANYTHING.has(kind)) return 'everything';
  // search_path, set by a function that is not called.
  if (referencedNames(node).has('set_config')) return 'everything';
  const names = new Set<string>();
  if (!isObject(content)) return names;
  const into = [content['into'], content['intoClause']].map((each) => isObject(each) && each['rel']);
  const changes = CHANGES.test(kind);
  for (const each of [...into, ...(changes ? TARGETS.map((key) => content[key]) : [])]) addNames(each, names);
  return names;
}

const CAN_DO_ANYTHING = new Set([
  'DoStmt',
  'CallStmt',
  'ExecuteStmt',
  'CreateExtensionStmt',
  'ImportForeignSchemaStmt',
]);

/** Statements of PostgreSQL's grammar that define something, by how their names begin or are. */
const CHANGES = /^(Create|Alter|Rename|View|CompositeType|Define|Index)/;

/** Where these hold the name of what they define. */
const TARGETS = [
  'base',
  'relation',
  'rel',
  'view',
  'sequence',
  'typevar',
  'typeName',
  'domainname',
  'funcname',
  'defnames',
  'object',
  'schemaname',
  'newschema',
  'newname',
  'role',
];

/** Every table, function, type, schema and role that a statement names. */
export function referencedNames(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const left: unknown[] = [node];
  // Not by recursion: a long chain of ANDs is as deep as it is long.
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (Array.isArray(value)) left.push(...value);
    else if (isObject(value)) {
      for (const key of ['relname', 'schemaname', 'rolename', 'funcname', 'names'])
        addNames(value[key], names);
      left.push(...Object.values(value));
    }
  }
  return names;
}

/** A name, a list of its parts, or what has one. */
function addNames(value: unknown, names: Set<string>): void {
  if (typeof value === 'string') names.add(value);
  else if (Array.isArray(value)) for (const each of value) addNames(each, names);
  else if (isObject(value)) {
    const { String: text, relname, schemaname, relation } = value;
    if (isObject(text)) addNames(text['sval'], names);
    addNames(relname, names);
    addNames(schemaname, names);
    addNames(relation, names);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
