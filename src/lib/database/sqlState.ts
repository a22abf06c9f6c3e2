/**
 * What a SQLSTATE means for the attempt that got it:
 *
 * - `away`: the server does not take work now, whatever the work is.
 * - `transient`: the same SQL may well succeed on the next try.
 * - `final`: it will fail again until somebody changes the SQL, the data or the server. What is not listed is final:
 *   repeating what fails for a reason only hides the reason for a while.
 */
export type SqlStateClass = 'away' | 'transient' | 'final';

/**
 * By code, or by class (its first two characters); a code goes before its class.
 * Codes and names: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const TABLE: ReadonlyMap<string, SqlStateClass> = new Map(
  Object.entries<SqlStateClass>({
    // Connection exceptions: the server, or one that it calls (dblink, postgres_fdw), cannot be reached.
    '08': 'away',
    // protocol_violation: what we send is wrong, and will be again. Also PgBouncer's code for all that it refuses.
    '08P01': 'final',

    // read_only_sql_transaction: a session that a failover left on the old primary, or a server that Azure has made
    // read-only because its disk is nearly full (learn.microsoft.com/azure/postgresql, "Storage": it is lifted again).
    '25006': 'transient',
    // idle_in_transaction_session_timeout: the worker stood still; the SQL is not to blame.
    '25P03': 'transient',

    // Transaction rollback: serialization_failure, deadlock_detected, statement_completion_unknown; the manual asks for
    // a retry of the whole transaction (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
    '40': 'transient',
    // transaction_integrity_constraint_violation: the data contradict the constraint.
    '40002': 'final',

    // Insufficient resources: memory and disk come back when other work ends or storage grows.
    '53': 'transient',
    // too_many_connections: of the server or the role's CONNECTION LIMIT.
    '53300': 'away',
    // configuration_limit_exceeded: temp_file_limit; the same query needs as much again.
    '53400': 'final',

    // object_in_use and lock_not_available (lock_timeout, NOWAIT): somebody else has it now.
    '55006': 'transient',
    '55P03': 'transient',

    // Operator intervention. query_canceled is final: a timeout would come again, and a person who cancels means it.
    '57014': 'final',
    // admin_shutdown (also pg_terminate_backend), crash_shutdown, cannot_connect_now (starting, stopping, recovering).
    '57P01': 'away',
    '57P02': 'away',
    '57P03': 'away',
    // idle_session_timeout: as 25P03.
    '57P05': 'transient',

    // system_error and io_error: errors of the storage below, which in a cloud pass.
    '58000': 'transient',
    '58030': 'transient',

    // snapshot_too_old (before PostgreSQL 17).
    '72000': 'transient',

    // fdw_unable_to_establish_connection.
    HV00N: 'transient',

    // internal_error: among them races that have no code of their own ("tuple concurrently updated").
    XX000: 'transient',
  }),
);

export function classify(sqlState: string): SqlStateClass {
  return TABLE.get(sqlState) ?? TABLE.get(sqlState.slice(0, 2)) ?? 'final';
}

/** Whether an attempt that failed so is worth another. */
export const isTransient = (sqlState: string): boolean => classify(sqlState) !== 'final';
