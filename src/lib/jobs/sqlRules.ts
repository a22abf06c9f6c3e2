import type { Node } from 'libpg-query';

/** Why a job must not hold a statement, in a sentence; null if it may. */
export function refusal(node: Node, transaction: boolean): string | null {
  if ('CopyStmt' in node && !node.CopyStmt.filename && !node.CopyStmt.is_program) {
    return 'COPY to or from the client has none here: use INSERT, or a SELECT whose rows are the result.';
  }
  return transaction ? refusalInTransaction(node) : refusalInAutocommit(node);
}

/** The job's transaction holds its changes and its outcome together: nothing in the job may end it. */
function refusalInTransaction(node: Node): string | null {
  if ('TransactionStmt' in node) {
    const command = TRANSACTION_COMMANDS[node.TransactionStmt.kind ?? ''];
    return command === undefined ? null : endsTransaction(command);
  }
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'TRANSACTION') {
    return 'SET TRANSACTION comes too late here: set isolation in the front matter.';
  }
  const command = outsideTransactionOnly(node);
  return command && `${command} cannot run inside a transaction: set transaction: false.`;
}

export function endsTransaction(command: string): string {
  const why = 'the whole job runs in one transaction, which Nightshift begins and commits with its outcome';
  return `${command} cannot stand in a job: ${why}. Remove it, or set transaction: false.`;
}

/** By kind; SAVEPOINT, RELEASE and ROLLBACK TO leave the transaction open. */
const TRANSACTION_COMMANDS: Readonly<Record<string, string>> = {
  TRANS_STMT_BEGIN: 'BEGIN',
  TRANS_STMT_START: 'START TRANSACTION',
  TRANS_STMT_COMMIT: 'COMMIT',
  TRANS_STMT_ROLLBACK: 'ROLLBACK',
  TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

/**
 * Those that call PreventInTransactionBlock in PostgreSQL 14 to 18, where the statement alone tells: not the CLUSTER
 * and REINDEX of a partitioned table, nor the DROP SUBSCRIPTION of one with a slot.
 */
function outsideTransactionOnly(node: Node): string | null {
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? 'VACUUM' : null;
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? 'CREATE INDEX CONCURRENTLY' : null;
  if ('DropStmt' in node) return node.DropStmt.concurrent ? 'DROP INDEX CONCURRENTLY' : null;
  if ('ReindexStmt' in node) {
    const { kind = '', params = [] } = node.ReindexStmt;
    const isConcurrent = params.some(
      (param) =>
        'DefElem' in param && param.DefElem.defname === 'concurrently' && !isOff('concurrently')(param),
    );
    if (isConcurrent) return 'REINDEX CONCURRENTLY';
    return REINDEX_OF_MANY[kind] ?? null;
  }
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? null : 'CLUSTER of all tables';
  if ('AlterTableStmt' in node) {
    const detaches = node.AlterTableStmt.cmds?.some(
      (command) =>
        'AlterTableCmd' in command &&
        command.AlterTableCmd.subtype === 'AT_DetachPartition' &&
        command.AlterTableCmd.def &&
        'PartitionCmd' in command.AlterTableCmd.def &&
        command.AlterTableCmd.def.PartitionCmd.concurrent,
    );
    return detaches ? 'DETACH PARTITION CONCURRENTLY' : null;
  }
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL' ? 'DISCARD ALL' : null;
  if ('AlterDatabaseStmt' in node) {
    const moves = node.AlterDatabaseStmt.options?.some(
      (o) => 'DefElem' in o && o.DefElem.defname === 'tablespace',
    );
    return moves ? 'ALTER DATABASE ... SET TABLESPACE' : null;
  }
  if ('CreateSubscriptionStmt' in node) {
    const makesNoSlot = node.CreateSubscriptionStmt.options?.some(isOff('create_slot', 'connect'));
    return makesNoSlot ? null : 'CREATE SUBSCRIPTION with a slot';
  }
  if ('AlterSubscriptionStmt' in node) {
    const { kind = '', options = [] } = node.AlterSubscriptionStmt;
    const refreshes = REFRESHING.includes(kind) && !options.some(isOff('refresh'));
    return refreshes ? 'ALTER SUBSCRIPTION with a refresh' : null;
  }
  if ('CreatedbStmt' in node) return 'CREATE DATABASE';
  if ('DropdbStmt' in node) return 'DROP DATABASE';
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE';
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE';
  return 'AlterSystemStmt' in node ? 'ALTER SYSTEM' : null;
}

const REFRESHING = [
  'ALTER_SUBSCRIPTION_REFRESH',
  'ALTER_SUBSCRIPTION_REFRESH_PUBLICATION',
  'ALTER_SUBSCRIPTION_SET_PUBLICATION',
  'ALTER_SUBSCRIPTION_ADD_PUBLICATION',
  'ALTER_SUBSCRIPTION_DROP_PUBLICATION',
];

/** Whether an option is one of the named and set to false, which may be written false, off or 0. */
function isOff(...names: readonly string[]): (option: Node) => boolean {
  return (option) => {
    if (!('DefElem' in option) || !names.includes(option.DefElem.defname ?? '')) return false;
    const value = option.DefElem.arg;
    if (value === undefined) return false;
    if ('Integer' in value) return (value.Integer.ival ?? 0) === 0;
    // A word that is no keyword, such as off, is parsed as the name of a type.
    const word = 'TypeName' in value ? value.TypeName.names?.[0] : value;
    return word !== undefined && 'String' in word && /^(?:false|off)$/i.test(word.String.sval ?? '');
  };
}

const REINDEX_OF_MANY: Readonly<Record<string, string>> = {
  REINDEX_OBJECT_SCHEMA: 'REINDEX SCHEMA',
  REINDEX_OBJECT_SYSTEM: 'REINDEX SYSTEM',
  REINDEX_OBJECT_DATABASE: 'REINDEX DATABASE',
};

/** One statement at a time, each its own transaction: what spans statements would do nothing, or never end. */
function refusalInAutocommit(node: Node): string | null {
  if ('TransactionStmt' in node) {
    return (
      'With transaction: false each statement is a transaction of its own, and one left open would lose the work ' +
      'unnoticed. Remove this, or set transaction: true; a DO block or a procedure can commit inside.'
    );
  }
  if ('VariableSetStmt' in node && node.VariableSetStmt.is_local) {
    return 'SET LOCAL ends with its statement when transaction: false: use SET.';
  }
  if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'TRANSACTION') {
    return 'SET TRANSACTION ends with its statement when transaction: false: use SET SESSION CHARACTERISTICS.';
  }
  if ('ConstraintsSetStmt' in node) {
    return 'SET CONSTRAINTS ends with its statement when transaction: false, so it defers nothing.';
  }
  if ('DeclareCursorStmt' in node && !((node.DeclareCursorStmt.options ?? 0) & CURSOR_WITH_HOLD)) {
    return 'A cursor ends with its statement when transaction: false: declare it WITH HOLD.';
  }
  if ('LockStmt' in node) return 'LOCK ends with its statement when transaction: false, so it locks nothing.';
  return null;
}

/** CURSOR_OPT_HOLD in PostgreSQL's parsenodes.h. */
const CURSOR_WITH_HOLD = 0x0020;
