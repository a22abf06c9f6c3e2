/** The endpoint's answers as they are on the wire. */
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type IdentityEndpoint, startIdentityEndpoint } from '../../../local/identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from '../../../local/identity/identities.ts';

const RESOURCE = 'https://ossrdbms-aad.database.windows.net';

let endpoint: IdentityEndpoint;
beforeEach(async () => {
  endpoint = await startIdentityEndpoint({ tokenLifetimeSeconds: 600 });
});
afterEach(() => endpoint.stop());

/** An undefined value takes its parameter away. */
function query(parameters: Record<string, string | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, value);
  return search.toString();
}

function askAppService(
  parameters: Record<string, string | undefined> = {},
  header?: string,
  signal?: AbortSignal,
) {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = endpoint.appServiceSettings();
  return fetch(
    `${IDENTITY_ENDPOINT}?${query({ 'api-version': '2019-08-01', resource: RESOURCE, ...parameters })}`,
    {
      headers: { 'X-IDENTITY-HEADER': header ?? IDENTITY_HEADER },
      signal: signal ?? null,
    },
  );
}

function askImds(
  parameters: Record<string, string | undefined> = {},
  headers: Record<string, string> = { Metadata: 'true' },
) {
  const { AZURE_POD_IDENTITY_AUTHORITY_HOST: host } = endpoint.imdsSettings();
  const search = query({ 'api-version': '2018-02-01', resource: RESOURCE, ...parameters });
  return fetch(`${host}/metadata/identity/oauth2/token?${search}`, { headers });
}

const json = async (response: Response) => (await response.json()) as Record<string, string>;

describe('App Service', () => {
  test('answers with strings of seconds and the resource as it was asked for', async () => {
    const response = await askAppService({ resource: `${RESOURCE}/` });
    const body = await json(response);
    expect(response.status).toBe(200);
    expect(Object.keys(body).sort()).toEqual(
      ['access_token', 'client_id', 'expires_on', 'not_before', 'resource', 'token_type'].sort(),
    );
    expect(body).toMatchObject({
      resource: `${RESOURCE}/`,
      token_type: 'Bearer',
      client_id: APP_IDENTITY.clientId,
    });
    expect(Number(body['expires_on']) - Number(body['not_before'])).toBe(600);
  });

  test('refuses a wrong header with 403', async () => {
    expect((await askAppService({}, 'guess')).status).toBe(403);
  });

  test.each([
    ['client_id', QUERY_IDENTITY.clientId],
    ['principal_id', QUERY_IDENTITY.principalId],
    ['object_id', QUERY_IDENTITY.principalId],
    ['mi_res_id', QUERY_IDENTITY.resourceId],
    ['client_id', QUERY_IDENTITY.clientId.toUpperCase()],
  ])('finds a user-assigned identity by %s', async (name, value) => {
    expect(await json(await askAppService({ [name]: value }))).toMatchObject({
      client_id: QUERY_IDENTITY.clientId,
    });
  });

  test.each([
    ['an unknown identity', { client_id: 'nobody' }, /^No User Assigned or Delegated Managed Identity found/],
    ['the version before', { 'api-version': '2017-09-01' }, /version '2017-09-01'/],
    ['no version', { 'api-version': undefined }, /version/],
    ['no resource', { resource: undefined }, /resource/],
  ])('refuses %s with 400 and a reason', async (_what, parameters, reason) => {
    const response = await askAppService(parameters);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      statusCode: 400,
      message: expect.stringMatching(reason),
      correlationId: expect.any(String),
    });
  });
});

describe('IMDS', () => {
  test('answers with expires_in beside expires_on', async () => {
    const body = await json(await askImds());
    expect(body).toMatchObject({
      expires_in: '600',
      ext_expires_in: '600',
      resource: RESOURCE,
      token_type: 'Bearer',
    });
  });

  test.each([
    ['object_id', QUERY_IDENTITY.principalId],
    ['msi_res_id', QUERY_IDENTITY.resourceId],
  ])('finds a user-assigned identity by %s', async (name, value) => {
    expect(await json(await askImds({ [name]: value }))).toMatchObject({
      client_id: QUERY_IDENTITY.clientId,
    });
  });

  test.each([
    ['a request without the Metadata header', {}, {}, 'bad_request_102'],
    ['a request through a proxy', {}, { Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' }, 'invalid_request'],
    ['an unknown identity', { client_id: 'nobody' }, { Metadata: 'true' }, 'invalid_request'],
    ['an old version', { 'api-version': '2017-09-01' }, { Metadata: 'true' }, 'invalid_request'],
    ['no resource', { resource: undefined }, { Metadata: 'true' }, 'invalid_request'],
    [
      'an unknown resource',
      { resource: 'https://nowhere.example' },
      { Metadata: 'true' },
      'invalid_resource',
    ],
  ])('refuses %s with 400 and a reason', async (_what, parameters, headers, error) => {
    const response = await askImds(parameters, headers);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error, error_description: expect.any(String) });
  });
});

test('tokens verify against the published key', async () => {
  const keys = await json(await fetch(`${endpoint.url}/discovery/keys`));
  const { access_token: token = '' } = await json(await askImds());
  const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys as unknown as { keys: [] }));
  expect(protectedHeader).toMatchObject({ alg: 'RS256', kid: endpoint.issuer.publicKey.kid });
});

test('what is noted of requests holds no token', async () => {
  const { access_token: token } = await json(await askAppService({ client_id: QUERY_IDENTITY.clientId }));
  await askImds();
  expect(endpoint.requests).toEqual([
    { contract: 'App Service', resource: RESOURCE, clientId: QUERY_IDENTITY.clientId },
    { contract: 'IMDS', resource: RESOURCE, clientId: null },
  ]);
  expect(JSON.stringify(endpoint.requests)).not.toContain(token);
});

test('the lifetime of tokens changes while it runs', async () => {
  endpoint.tokenLifetime(60);
  expect(await json(await askImds())).toMatchObject({ expires_in: '60' });
});

describe('faults', () => {
  test('a status, with and without Retry-After', async () => {
    endpoint.fault({ kind: 'status', status: 429, retryAfter: 7 });
    const limited = await askAppService();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);

    endpoint.fault({ kind: 'status', status: 500 });
    const broken = await askAppService();
    expect([broken.status, broken.headers.get('retry-after')]).toEqual([500, null]);
  });

  test('a connection reset', async () => {
    endpoint.fault({ kind: 'reset' });
    await expect(askAppService()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  test('a body that is no JSON', async () => {
    endpoint.fault({ kind: 'malformed' });
    const response = await askAppService();
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow(SyntaxError);
  });

  test('no answer at all', async () => {
    endpoint.fault({ kind: 'hang' });
    await expect(askAppService({}, undefined, AbortSignal.timeout(300))).rejects.toThrow(/timeout/);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('a late answer', async () => {
    endpoint.fault({ kind: 'slow', delayMs: 400 });
    const start = performance.now();
    expect((await askAppService()).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThan(390);
  });

  test('mended, it answers again', async () => {
    endpoint.fault({ kind: 'reset' });
    await expect(askAppService()).rejects.toThrow();
    endpoint.fault(null);
    expect((await askAppService()).status).toBe(200);
  });
});
