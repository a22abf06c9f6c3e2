import { QueueServiceClient } from '@azure/storage-queue';
import type { Settings } from './bindingExpression.ts';

/**
 * Opens the storage account that a binding's `connection` names: the setting `AzureWebJobs<name>` first, then
 * `<name>`, as the real host looks them up; a binding without a name uses AzureWebJobsStorage.
 *
 * Only connection strings: `<name>__queueServiceUri` needs an identity that Azure gives the host itself.
 *
 * @throws Error when there is no such setting or it is no connection string; never shows the value
 */
export function connectQueues(name: string | undefined, settings: Settings): QueueServiceClient {
  const connection = name?.trim() || 'Storage';
  const prefixed = `AzureWebJobs${connection}`;
  const value = settings[prefixed] || settings[connection];
  if (!value) {
    const uri = settings[`${connection}__queueServiceUri`] ?? settings[`${prefixed}__queueServiceUri`];
    throw new Error(
      uri === undefined
        ? `Storage account connection string '${connection}' does not exist: add the app setting ${connection} or ${prefixed}`
        : `the local functions host reads only connection strings: set ${connection} instead of ${connection}__queueServiceUri`,
    );
  }
  try {
    return QueueServiceClient.fromConnectionString(value, {
      retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 2_000, tryTimeoutInMs: 30_000 },
    });
  } catch {
    // The library's error may quote parts of the value, which holds the account's key.
    throw new Error(
      `the app setting ${settings[prefixed] ? prefixed : connection} is not a storage connection string`,
    );
  }
}
