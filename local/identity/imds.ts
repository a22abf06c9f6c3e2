import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import { chooseIdentity, type IdentityChoice, type ManagedIdentity } from './managedIdentity.ts';
import { isKnownResource } from './resources.ts';
import type { IssuedToken } from './tokenIssuer.ts';

/**
 * The contract of virtual machines, api-version 2018-02-01
 * (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token).
 */
export const IMDS_PATH = '/metadata/identity/oauth2/token';
const OLDEST_API_VERSION = '2018-02-01';

/** The identity to issue a token for, or the answer that refuses it. */
export function readImdsRequest(
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
  identities: readonly ManagedIdentity[],
): { identity: ManagedIdentity; resource: string } | Answer {
  // @azure/identity asks without this header to see whether there is an IMDS: any answer will do.
  if (headers['metadata']?.toString().toLowerCase() !== 'true') {
    return refusal('bad_request_102', 'Required metadata header not specified');
  }
  // A proxy between app and endpoint is what the Metadata header is there to find out.
  if (headers['x-forwarded-for'] !== undefined) {
    return refusal('invalid_request', 'Request contains X-Forwarded-For header');
  }
  // Versions are dates: later ones sort after.
  if ((query.get('api-version') ?? '') < OLDEST_API_VERSION) {
    return refusal('invalid_request', "Required query variable 'api-version' is missing or too old");
  }
  const resource = query.get('resource');
  if (!resource) return refusal('invalid_request', "Required query variable 'resource' is missing");
  const identity = chooseIdentity(identities, choice(query));
  if (identity === null) return refusal('invalid_request', 'Identity not found');
  if (!isKnownResource(resource)) {
    return refusal(
      'invalid_resource',
      `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`,
    );
  }
  return { identity, resource };
}

const choice = (query: URLSearchParams): IdentityChoice => ({
  clientId: query.get('client_id'),
  principalId: query.get('object_id'),
  resourceId: query.get('msi_res_id') ?? query.get('mi_res_id'),
});

export function imdsToken(identity: ManagedIdentity, resource: string, issued: IssuedToken): Answer {
  const lifetime = String(issued.expiresOn - issued.notBefore);
  return {
    status: 200,
    body: {
      access_token: issued.token,
      client_id: identity.clientId,
      expires_in: lifetime,
      expires_on: String(issued.expiresOn),
      ext_expires_in: lifetime,
      not_before: String(issued.notBefore),
      resource,
      token_type: 'Bearer',
    },
  };
}

const refusal = (error: string, description: string): Answer => ({
  status: 400,
  body: { error, error_description: description },
});
