import type { QueueServiceClient } from '@azure/storage-queue';
import type { Connection, Database } from '../lib/database/connection.ts';
import { didYouMean } from '../lib/didYouMean.ts';
import type { Settings } from '../lib/settings.ts';
import { CliError } from './cliError.ts';
import { EXIT } from './exitCodes.ts';
import type { Invocation } from './invocation.ts';

/** The app's databases and queues, with the app's settings and identity. Nothing is opened before it is asked for. */
export interface Connections {
  readonly settings: Settings;
  /** @throws CliError for a name that is not configured */
  database(name: string): Promise<Database>;
  /** A connection to a database whose ledger this build works with. @throws DatabaseError, CliError */
  ledger<T>(name: string, work: (connection: Connection) => Promise<T>): Promise<T>;
  queues(): Promise<QueueServiceClient>;
}

/** Closes what `work` has opened, however it ends. @throws SettingsError, and what `work` throws */
export async function withConnections<T>(
  invocation: Invocation,
  work: (connections: Connections) => Promise<T>,
  need: 'withQueues' | 'withoutQueues' = 'withQueues',
): Promise<T> {
  const settings = await invocation.settings(need);
  const environment = await invocation.environment();
  const opened = new Map<string, Database>();
  const identity = async () => {
    const { createIdentity } = await import('../lib/database/identity.ts');
    return createIdentity(environment, settings.cloud);
  };
  let shared: ReturnType<typeof identity> | undefined;
  const sharedIdentity = () => {
    shared ??= identity();
    return shared;
  };

  const connections: Connections = {
    settings,
    async database(name) {
      const known = opened.get(name);
      if (known) return known;
      const target = settings.databases.get(name);
      if (target === undefined) throw unknownDatabase(name, [...settings.databases.keys()]);
      const [{ createDatabase }, { databaseScope }, { tokens }] = await Promise.all([
        import('../lib/database/connection.ts'),
        import('../lib/database/scope.ts'),
        sharedIdentity(),
      ]);
      const database = createDatabase(target, {
        tokens: tokens(settings.clientId, databaseScope(settings.cloud)),
        maxConnections: 1,
      });
      opened.set(name, database);
      return database;
    },
    async ledger(name, ask) {
      const [{ checkSchemaVersion }, database] = await Promise.all([
        import('../lib/ledger/schemaVersion.ts'),
        connections.database(name),
      ]);
      return database.withConnection(async (connection) => {
        await checkSchemaVersion(database, connection);
        return ask(connection);
      });
    },
    async queues() {
      const { connectStorage } = await import('../lib/messages/storage.ts');
      return connectStorage(settings.storage, await sharedIdentity());
    },
  };
  try {
    return await work(connections);
  } finally {
    await Promise.all([...opened.values()].map((database) => database.close()));
  }
}

function unknownDatabase(name: string, known: readonly string[]): CliError {
  return new CliError(
    EXIT.usage,
    `There is no database "${name}".${didYouMean(name, known)} Configured: ${known.join(', ')}.`,
  );
}
