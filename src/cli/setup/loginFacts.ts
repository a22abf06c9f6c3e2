import { z } from 'zod';
import type { Connection } from '../../lib/database/connection.ts';

/** What the catalogs of PostgreSQL say of a login; everybody may read them. */
export interface LoginFacts {
  readonly canLogIn: boolean;
  readonly canConnect: boolean;
  /** Attributes that reach beyond its rights: superuser, createrole, createdb, replication, bypassrls. */
  readonly powers: readonly string[];
  /** -1: none. */
  readonly connectionLimit: number;
  readonly groups: readonly string[];
  readonly isWorker: boolean;
  readonly isOwner: boolean;
  readonly isReadOnly: boolean;
  /** Tables of the ledger that it can reach past the functions. */
  readonly ledgerTables: readonly string[];
}

const LOGIN_FACTS = `
SELECT r.rolcanlogin AS can_log_in,
       has_database_privilege(r.oid, current_database(), 'CONNECT') AS can_connect,
       to_jsonb(array_remove(ARRAY[
         CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
         CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolreplication THEN 'replication' END,
         CASE WHEN r.rolbypassrls THEN 'bypassrls' END], NULL)) AS powers,
       r.rolconnlimit AS connection_limit,
       (SELECT coalesce(jsonb_agg(g.rolname ORDER BY g.rolname), '[]')
          FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS groups,
       coalesce((SELECT pg_has_role(r.oid, w.oid, 'USAGE') FROM pg_roles w WHERE w.rolname = 'nightshift_worker'), false) AS is_worker,
       coalesce((SELECT pg_has_role(r.oid, o.oid, 'MEMBER') FROM pg_roles o WHERE o.rolname = 'nightshift_owner'), false) AS is_owner,
       EXISTS (SELECT FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0
               AND 'default_transaction_read_only=on' = ANY (s.setconfig)) AS is_read_only,
       (SELECT coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]') FROM pg_class c
         WHERE c.relnamespace = to_regnamespace('nightshift') AND c.relkind = 'r'
           AND has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')) AS ledger_tables
FROM pg_roles r WHERE r.rolname = $1`;

const names = z.array(z.string());

/** Null: there is no such login. */
export async function readLoginFacts(connection: Connection, login: string): Promise<LoginFacts | null> {
  const [row] = await connection.query(LOGIN_FACTS, [login]);
  if (row === undefined) return null;
  const list = (column: string) => names.parse(JSON.parse(row[column] ?? '[]'));
  return {
    canLogIn: row['can_log_in'] === 't',
    canConnect: row['can_connect'] === 't',
    powers: list('powers'),
    connectionLimit: Number(row['connection_limit']),
    groups: list('groups'),
    isWorker: row['is_worker'] === 't',
    isOwner: row['is_owner'] === 't',
    isReadOnly: row['is_read_only'] === 't',
    ledgerTables: list('ledger_tables'),
  };
}
