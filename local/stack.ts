import { join } from 'node:path';
import { type Azurite, startAzurite } from './azurite.ts';
import { type IdentityEndpoint, startIdentityEndpoint } from './identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from './identity/identities.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { APP_LOGIN, DATABASE, PORTS, QUERY_LOGIN } from './stack/names.ts';
import { portOrFree } from './stack/portOrFree.ts';
import { createQueues } from './stack/queues.ts';
import { createShop } from './stack/shop.ts';
import { openStackFolder, removeStackFile, type StackFile, writeStackFile } from './stack/stackFile.ts';
import { startTlsFront, type TlsFront, type TlsFrontOptions } from './tlsFront/front.ts';

export interface StackOptions {
  /** The project whose `.nightshift/stack.json` tells others of the stack. */
  readonly projectDirectory: string;
}

export interface Stack extends StackFile {
  readonly postgres: Postgres;
  readonly azurite: Azurite;
  readonly identity: IdentityEndpoint;
  readonly front: TlsFront;
  /** Ends all parts and removes their data. */
  stop(): Promise<void>;
}

/**
 * Starts Azure on this machine: PostgreSQL with the sample database behind a front that takes only tokens, Azurite
 * with the app's queues, and the identity endpoint. Ports are those of compose.yaml where they are free.
 * All of it lives no longer than this process, and begins anew each time.
 *
 * @throws Error when a part does not start, or a stack runs in this project already; nothing is left behind then.
 */
export async function startStack({ projectDirectory }: StackOptions): Promise<Stack> {
  const folder = await openStackFolder(projectDirectory);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all([removeStackFile(folder), ...stops.map((stopPart) => stopPart())]);
  };
  /** Notes how to end a part as soon as it runs, so that a failure elsewhere ends it too. */
  const started = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    stops.push(() => part.stop());
    return part;
  };

  const [database, storage, identity] = await Promise.allSettled([
    startPostgres({ durable: false }).then(started).then(withShop),
    startAzuriteSomewhere().then(started).then(withQueues),
    startIdentityEndpoint().then(started),
  ]);
  try {
    const [postgres, azurite, endpoint] = [fulfilled(database), fulfilled(storage), fulfilled(identity)];
    const front = started(
      await startFrontSomewhere({
        server: postgres,
        trust: endpoint.issuer,
        logins: {
          [APP_LOGIN]: { principalId: APP_IDENTITY.principalId },
          [QUERY_LOGIN]: { principalId: QUERY_IDENTITY.principalId },
        },
        caFile: join(folder, 'ca.pem'),
      }),
    );
    const parts = { postgres, azurite, identity: endpoint, front };
    const file: StackFile = {
      pid: process.pid,
      settings: settingsOf(parts),
      setup: { SETUP_DATABASE_URL: postgres.superuserUrl(DATABASE) },
    };
    await writeStackFile(folder, file);
    return { ...parts, ...file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function withShop(postgres: Postgres): Promise<Postgres> {
  await createShop(postgres);
  return postgres;
}

async function withQueues(azurite: Azurite): Promise<Azurite> {
  await createQueues(azurite.connectionString);
  return azurite;
}

async function startAzuriteSomewhere(): Promise<Azurite> {
  const [blob, queue, table] = await Promise.all([
    portOrFree(PORTS.blob),
    portOrFree(PORTS.queue),
    portOrFree(PORTS.table),
  ]);
  return startAzurite({ ports: { blob, queue, table } }).catch(
    unlessTaken(() => startAzurite({ ports: { blob: 0, queue: 0, table: 0 } })),
  );
}

async function startFrontSomewhere(options: TlsFrontOptions): Promise<TlsFront> {
  const port = await portOrFree(PORTS.postgres);
  return startTlsFront({ ...options, port }).catch(unlessTaken(() => startTlsFront({ ...options, port: 0 })));
}

/** Another stack may take a port between our look and our use of it. */
const unlessTaken =
  <T>(startElsewhere: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (!String(error).includes('EADDRINUSE')) throw error;
    return startElsewhere();
  };

function settingsOf({ front, azurite, identity }: Pick<Stack, 'front' | 'azurite' | 'identity'>) {
  return {
    DATABASE_URL: front.url(APP_LOGIN, DATABASE),
    QUERY_DATABASE_URL: front.url(QUERY_LOGIN, DATABASE),
    // A job that was just written is to run soon; in Azure a tick comes every five minutes.
    TICK_SCHEDULE: '*/10 * * * * *',
    QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
    JobsStorage: azurite.connectionString,
    AzureWebJobsStorage: azurite.connectionString,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    ...identity.appServiceSettings(),
  };
}

function fulfilled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
