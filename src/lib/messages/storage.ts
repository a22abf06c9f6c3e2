import { QueueServiceClient } from '@azure/storage-queue';

/** Where the queues are: `JobsStorage`, or `JobsStorage__queueServiceUri` and its like. */
export type StorageTarget =
  | { readonly connectionString: string }
  | { readonly queueServiceUri: string; readonly clientId: string | null };

/** What gives an identity's tokens; `clientId` null is the system-assigned one, or a developer's own. */
export interface TokenSupply {
  credential(clientId: string | null): {
    getToken(scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }>;
  };
}

/** The setting itself is wrong. Its value is never shown: it holds an account's key. */
export class StorageSettingsError extends Error {
  override readonly name = 'StorageSettingsError';
}

/**
 * A few quick tries: a message that cannot be sent is sent again by the next delivery or tick, and an invocation
 * must not hang on a queue for the minutes that the SDK would spend by default.
 */
const OPTIONS = {
  retryOptions: { maxTries: 3, tryTimeoutInMs: 10_000, retryDelayInMs: 200, maxRetryDelayInMs: 2000 },
};

/**
 * Opens no connection yet.
 *
 * @throws StorageSettingsError
 */
export function connectStorage(target: StorageTarget, identity: TokenSupply): QueueServiceClient {
  if ('connectionString' in target) return fromConnectionString(target.connectionString);
  // The SDK refuses it at the first request, in words that do not name the setting.
  if (!target.queueServiceUri.startsWith('https://')) {
    throw new StorageSettingsError(
      'JobsStorage__queueServiceUri must begin with https://, as a token must not travel in the clear. ' +
        'For Azurite without TLS set JobsStorage to its connection string instead.',
    );
  }
  try {
    const service = new QueueServiceClient(
      target.queueServiceUri,
      identity.credential(target.clientId),
      OPTIONS,
    );
    // Only here does the SDK find out that it cannot take an address apart.
    service.getQueueClient('any');
    return service;
  } catch {
    throw new StorageSettingsError(
      'JobsStorage__queueServiceUri is not the address of a queue service, such as https://<account>.queue.core.windows.net.',
    );
  }
}

function fromConnectionString(connectionString: string): QueueServiceClient {
  try {
    // Also understands UseDevelopmentStorage=true and shared access signatures.
    return QueueServiceClient.fromConnectionString(connectionString.trim(), { ...OPTIONS });
  } catch (error) {
    // The SDK's own words name the part and show no value; no other error's do, nor does the cause.
    const part = /^Invalid (\w+) in the provided/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new StorageSettingsError(
      `JobsStorage is not a storage connection string${part === undefined ? '' : `: look at its ${part}`}. ` +
        'Copy it from the storage account under "Access keys", or set UseDevelopmentStorage=true for Azurite.',
    );
  }
}
