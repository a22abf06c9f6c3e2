/** @azure/identity itself, in a process of its own, against the endpoint: the contract that apps rely on. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type IdentityEndpoint, startIdentityEndpoint } from '../../../local/identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from '../../../local/identity/identities.ts';
import { runProgram } from '../../support/program.ts';

let endpoint: IdentityEndpoint;
beforeEach(async () => {
  endpoint = await startIdentityEndpoint();
});
afterEach(() => endpoint.stop());

interface Outcome {
  claims?: Record<string, unknown>;
  expiresOn?: number;
  error?: string;
}

async function askForToken(args: string[], env: Record<string, string>): Promise<Outcome> {
  const { stdout } = await runProgram('test/local/programs/askForToken.ts', args, env);
  return JSON.parse(stdout) as Outcome;
}

describe.each([
  ['App Service', () => endpoint.appServiceSettings()],
  ['IMDS', () => endpoint.imdsSettings()],
] as const)('by the contract of %s', (contract, settings) => {
  test('without a client id the system-assigned identity gets a token that lives a day', async () => {
    const { claims, expiresOn } = await askForToken([], settings());
    expect(claims).toMatchObject({
      aud: 'https://ossrdbms-aad.database.windows.net',
      iss: endpoint.issuer.issuer,
      oid: APP_IDENTITY.principalId,
      sub: APP_IDENTITY.principalId,
      appid: APP_IDENTITY.clientId,
      idtyp: 'app',
      xms_mirid: APP_IDENTITY.resourceId,
    });
    // msal counts from its own clock, in whole seconds.
    expect(Math.abs(Number(expiresOn) - Number(claims?.['exp']))).toBeLessThanOrEqual(5);
    expect(Number(claims?.['exp']) - Number(claims?.['iat'])).toBe(86_400);
    expect(endpoint.requests).toEqual([
      { contract, resource: 'https://ossrdbms-aad.database.windows.net', clientId: null },
    ]);
  });

  test('a client id chooses a user-assigned identity', async () => {
    const { claims } = await askForToken([QUERY_IDENTITY.clientId], settings());
    expect(claims).toMatchObject({ oid: QUERY_IDENTITY.principalId, appid: QUERY_IDENTITY.clientId });
  });

  test('an unknown client id is refused', async () => {
    const { error } = await askForToken(['00000000-0000-4000-8000-000000000000'], settings());
    expect(error).toMatch(
      /CredentialUnavailable|AuthenticationRequired|not been assigned|invalid_request|400/,
    );
  });

  test('a resource that the tenant does not have is refused', async () => {
    const { error } = await askForToken(['', 'https://nowhere.example/.default'], settings());
    expect(error).toContain('AADSTS500011');
  });
});
