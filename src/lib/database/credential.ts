import type { TokenCredential } from '@azure/identity';
import { managedIdentityHttp } from './managedIdentityHttp.ts';
import type { Credential } from './token.ts';

export interface CredentialOptions {
  /** A user-assigned identity; null takes the system-assigned one, or whoever the developer is. */
  readonly clientId: string | null;
  /** Where a developer logs in; a managed identity does not need it. */
  readonly authorityHost: string;
  /** The process's environment: the platform tells by it that there is a managed identity. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One request to the endpoint. With two repeats and their pauses a failing endpoint is given up within 10 s. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Who the app is.
 *
 * Where the platform announces a managed identity (Functions and App Service set IDENTITY_ENDPOINT; pod identity
 * AZURE_POD_IDENTITY_AUTHORITY_HOST), that and nothing else: a missing identity must not end in somebody's `az login`.
 * Anywhere else DefaultAzureCredential's chain: AKS workload identity, a virtual machine's identity (IMDS is probed
 * for one second, so a laptop does not wait for it), `az login`, `azd`, PowerShell.
 */
export function credentialFor(options: CredentialOptions): Credential {
  const hosted = isHosted(options.environment);
  let credential: Promise<TokenCredential> | undefined;
  return {
    advice: hosted ? hostedAdvice(options.clientId) : DEVELOPER_ADVICE,
    async getToken(scope) {
      credential ??= load(options, hosted);
      return (await credential).getToken(scope);
    },
  };
}

const isHosted = (environment: CredentialOptions['environment']) =>
  Boolean(environment['IDENTITY_ENDPOINT'] || environment['AZURE_POD_IDENTITY_AUTHORITY_HOST']);

const hostedAdvice = (clientId: string | null) =>
  clientId === null
    ? 'Check that the function app has a system-assigned identity (Settings > Identity), or name a user-assigned one by AZURE_CLIENT_ID.'
    : `Check that the user-assigned identity with client id ${clientId} is assigned to the function app (Settings > Identity).`;

const DEVELOPER_ADVICE =
  'Outside Azure, log in with `az login` (or `azd auth login`), or put a password into the database address.';

/** @azure/identity takes some 150 ms to load: only when a token is needed. */
async function load(options: CredentialOptions, hosted: boolean): Promise<TokenCredential> {
  const [identity, pipeline] = await Promise.all([
    import('@azure/identity'),
    import('@azure/core-rest-pipeline'),
  ]);
  const shared = {
    httpClient: managedIdentityHttp(pipeline, REQUEST_TIMEOUT_MS),
    // Over some three seconds (nine after a 410): a cold instance's endpoint may fail at first.
    retryOptions: { maxRetries: 2 },
  };
  const { clientId, authorityHost } = options;
  if (hosted) {
    return clientId === null
      ? new identity.ManagedIdentityCredential(shared)
      : new identity.ManagedIdentityCredential({ ...shared, clientId });
  }
  return new identity.DefaultAzureCredential({
    ...shared,
    authorityHost,
    ...(clientId === null ? {} : { managedIdentityClientId: clientId }),
  });
}
