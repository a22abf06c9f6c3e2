import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';
import { chooseIdentity, type IdentityChoice, type ManagedIdentity } from './managedIdentity.ts';
import { isKnownResource } from './resources.ts';
import type { IssuedToken } from './tokenIssuer.ts';

/**
 * The contract of App Service and Functions, api-version 2019-08-01
 * (https://learn.microsoft.com/azure/app-service/overview-managed-identity, "REST endpoint reference").
 */
export const APP_SERVICE_PATH = '/msi/token';
const API_VERSION = '2019-08-01';

/** The identity to issue a token for, or the answer that refuses it. */
export function readAppServiceRequest(
  query: URLSearchParams,
  headers: IncomingHttpHeaders,
  secret: string,
  identities: readonly ManagedIdentity[],
): { identity: ManagedIdentity; resource: string } | Answer {
  // A wrong header is 403 in this version, 401 in the one before (azure-sdk-for-net 26578).
  if (headers['x-identity-header'] !== secret)
    return refusal(403, 'The X-IDENTITY-HEADER is missing or invalid.');
  if (query.get('api-version') !== API_VERSION) {
    return refusal(400, `The API version '${query.get('api-version') ?? ''}' is not supported.`);
  }
  const resource = query.get('resource');
  if (!resource) return refusal(400, 'The resource parameter is required.');
  const identity = chooseIdentity(identities, choice(query));
  if (identity === null) {
    return refusal(
      400,
      'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    );
  }
  if (!isKnownResource(resource)) {
    return refusal(
      400,
      `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`,
    );
  }
  return { identity, resource };
}

const choice = (query: URLSearchParams): IdentityChoice => ({
  clientId: query.get('client_id'),
  // msal sends object_id where the documentation says principal_id; the endpoint takes both.
  principalId: query.get('principal_id') ?? query.get('object_id'),
  resourceId: query.get('mi_res_id'),
});

/** `expires_on` is a string of seconds here, and there is no `expires_in`. */
export const appServiceToken = (
  identity: ManagedIdentity,
  resource: string,
  issued: IssuedToken,
): Answer => ({
  status: 200,
  body: {
    access_token: issued.token,
    expires_on: String(issued.expiresOn),
    not_before: String(issued.notBefore),
    resource,
    token_type: 'Bearer',
    client_id: identity.clientId,
  },
});

const refusal = (status: number, message: string): Answer => ({
  status,
  body: { statusCode: status, message, correlationId: randomUUID() },
});
