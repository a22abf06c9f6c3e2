import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A connection string for the queues behind another port, with a shared access signature in place of the key. The
 * key's signature covers the whole address of each request, which a proxy could then not rewrite.
 */
export function sharedAccess(connectionString: string, port: number): string {
  const part = (name: string) => new RegExp(`(?:^|;)${name}=([^;]*)`).exec(connectionString)?.[1] ?? '';
  const account = part('AccountName');
  const signature = generateAccountSASQueryParameters(
    {
      services: AccountSASServices.parse('q').toString(),
      resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
      permissions: AccountSASPermissions.parse('rwdlacup'),
      expiresOn: new Date(Date.now() + 7 * DAY_MS),
    },
    new StorageSharedKeyCredential(account, part('AccountKey')),
  );
  return `QueueEndpoint=http://127.0.0.1:${port}/${account};SharedAccessSignature=${signature}`;
}
