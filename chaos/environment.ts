import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { type IdentityEndpoint, startIdentityEndpoint } from '../local/identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from '../local/identity/identities.ts';
import { type Postgres, startPostgres } from '../local/postgres.ts';
import { APP_LOGIN, QUERY_LOGIN, QUEUES } from '../local/stack/names.ts';
import { startTlsFront } from '../local/tlsFront/front.ts';
import { type BuiltApp, buildApp, setUp } from './app.ts';
import { createHarnessSchema, DATABASE } from './database.ts';
import { type CommitProxy, startCommitProxy } from './proxy/commitProxy.ts';
import { type QueueProxy, startQueueProxy } from './proxy/queueProxy.ts';
import { startTcpProxy, type TcpProxy } from './proxy/tcpProxy.ts';
import { sharedAccess } from './sharedAccess.ts';

/** The parts that the workers work on, each of which can be broken, and the built app. */
export interface Environment {
  readonly postgres: Postgres;
  readonly identity: IdentityEndpoint;
  readonly network: TcpProxy;
  readonly commits: CommitProxy;
  readonly queueService: QueueProxy;
  /** The queues without the proxy before them: the harness's own view. */
  readonly queues: QueueServiceClient;
  readonly app: BuiltApp;
  /** Of a worker. */
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/**
 * Short, so that a worker without a valid token is met now and then: the identity endpoint may be away when it starts
 * or comes to its token's end.
 */
const TOKEN_LIFE_SECONDS = 60;

/** @param share how often a fault of the queue service strikes while it lasts */
export async function startEnvironment(share: () => boolean): Promise<Environment> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  const started = <Part extends { stop(): unknown }>(part: Part): Part => {
    stops.push(() => part.stop());
    return part;
  };
  try {
    const [postgres, azurite, identity, app] = await Promise.all([
      startPostgres({ durable: false }).then(started),
      startAzurite().then(started),
      startIdentityEndpoint({ tokenLifetimeSeconds: TOKEN_LIFE_SECONDS }).then(started),
      buildApp(),
    ]);
    stops.push(() => app.remove());
    const commits = started(await startCommitProxy({ ...postgres }));
    const front = started(
      await startTlsFront({
        server: commits.server,
        trust: identity.issuer,
        logins: {
          [APP_LOGIN]: { principalId: APP_IDENTITY.principalId },
          [QUERY_LOGIN]: { principalId: QUERY_IDENTITY.principalId },
        },
        caFile: join(app.directory, `ca-${randomBytes(4).toString('hex')}.pem`),
      }),
    );
    const network = started(await startTcpProxy(front.port));
    const queueService = started(await startQueueProxy(azurite.ports.queue, share));
    const settings = settingsOf(azurite, identity, queueService, (login) =>
      front.url(login, DATABASE).replace(`:${front.port}/`, `:${network.port}/`),
    );
    await createHarnessSchema(postgres, () => setUp(app, postgres.superuserUrl(DATABASE), settings));
    const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
    for (const queue of Object.values(QUEUES)) await queues.getQueueClient(queue).createIfNotExists();
    return { postgres, identity, network, commits, queueService, queues, app, settings, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settingsOf(
  azurite: Azurite,
  identity: IdentityEndpoint,
  queueService: QueueProxy,
  databaseUrl: (login: string) => string,
): Record<string, string> {
  const storage = sharedAccess(azurite.connectionString, queueService.port);
  return {
    ...identity.appServiceSettings(),
    DATABASE_URL: databaseUrl(APP_LOGIN),
    QUERY_DATABASE_URL: databaseUrl(QUERY_LOGIN),
    QUERY_AZURE_CLIENT_ID: QUERY_IDENTITY.clientId,
    JobsStorage: storage,
    AzureWebJobsStorage: storage,
    TICK_SCHEDULE: '*/5 * * * * *',
    // What a crash has left is picked up while the harness runs.
    SWEEP_UNPUBLISHED_SECONDS: '10',
    SWEEP_LOST_SECONDS: '20',
    // As host.json's, but in proportion to the lock.
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:03',
  };
}
