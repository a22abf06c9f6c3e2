import ledger from './migrations/0001_ledger.sql';
import functions from './migrations/0002_functions.sql';
import retention from './migrations/0003_retention.sql';
import scheduling from './migrations/0004_scheduling.sql';
import nextInLine from './migrations/0005_next_in_line.sql';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** Forward only: a released migration is never edited, a new one follows it. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'ledger', sql: ledger },
  { version: 2, name: 'functions', sql: functions },
  { version: 3, name: 'retention', sql: retention },
  { version: 4, name: 'scheduling', sql: scheduling },
  { version: 5, name: 'next in line', sql: nextInLine },
];

/** The schema version that this build works with. */
export const SCHEMA_VERSION = migrations.length;
