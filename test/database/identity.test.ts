import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IdentityEndpoint, startIdentityEndpoint } from '../../local/identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { databaseScope } from '../../src/lib/database/scope.ts';
import type { Reply, Request } from './tokenProcess.ts';

let endpoint: IdentityEndpoint;
let child: ChildProcess | null = null;
beforeEach(async () => {
  endpoint = await startIdentityEndpoint();
});
afterEach(async () => {
  if (child) {
    const ended = once(child, 'exit');
    child.kill();
    await ended;
    child = null;
  }
  await endpoint.stop();
});

/** A process that gets its tokens through @azure/identity, as the app does. */
function app(environment: Record<string, string>, clientId?: string) {
  const args = [databaseScope('public'), ...(clientId === undefined ? [] : [clientId])];
  const started = fork(join(import.meta.dirname, 'tokenProcess.ts'), args, {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...environment },
  });
  child = started;
  const ask = async (request: Request): Promise<Reply> => {
    const reply = once(started, 'message');
    started.send(request);
    // The other end sends nothing else.
    return (await reply)[0] as Reply;
  };
  return {
    tokens: (callers = 1) => ask({ kind: 'tokens', callers }),
    replace: (rejected: string) => ask({ kind: 'replace', rejected }),
    pass: (milliseconds: number) => ask({ kind: 'pass', milliseconds }),
  };
}

const tokensOf = (reply: Reply): string[] => {
  if ('error' in reply) throw new Error(reply.error);
  return reply.tokens;
};
const errorOf = (reply: Reply): string => ('error' in reply ? reply.error : 'no error');

describe('a managed identity', () => {
  it('is asked once for twenty cold callers', async () => {
    const { tokens } = app(endpoint.appServiceSettings());
    const got = tokensOf(await tokens(20));
    expect(new Set(got).size).toBe(1);
    expect(decodeJwt(got[0] ?? '')).toMatchObject({
      aud: 'https://ossrdbms-aad.database.windows.net',
      oid: APP_IDENTITY.principalId,
    });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is the user-assigned one that AZURE_CLIENT_ID names', async () => {
    const { tokens } = app(endpoint.appServiceSettings(), QUERY_IDENTITY.clientId);
    const [token = ''] = tokensOf(await tokens());
    expect(decodeJwt(token)['oid']).toBe(QUERY_IDENTITY.principalId);
  });

  it('is found by the contract of virtual machines too', async () => {
    const { tokens } = app(endpoint.imdsSettings());
    tokensOf(await tokens());
    expect(endpoint.requests.map(({ contract }) => contract)).toEqual(['IMDS']);
  });

  it('that does not exist is told with the client id, and what to check', async () => {
    const { tokens } = app(endpoint.appServiceSettings(), '11111111-2222-3333-4444-555555555555');
    const error = errorOf(await tokens());
    expect(error).toMatch(/^TokenError: No access token could be had: .*No User Assigned/);
    expect(error).toMatch(/Check that the user-assigned identity with client id 11111111-2222/);
  });

  it('gives a fresh token for one that a server rejected, although msal has it in its cache', async () => {
    const { tokens, replace, pass } = app(endpoint.appServiceSettings());
    const [rejected = ''] = tokensOf(await tokens());
    expect(tokensOf(await replace(rejected))).toEqual([rejected]);
    expect(endpoint.requests).toHaveLength(1);
    await pass(10_000);
    const [fresh] = tokensOf(await replace(rejected));
    expect(fresh).not.toBe(rejected);
    expect(endpoint.requests).toHaveLength(2);
    expect(tokensOf(await tokens())).toEqual([fresh]);
  });

  it('is asked for the next token at half of the life of the last, not five minutes before its end', async () => {
    endpoint.tokenLifetime(3_600);
    const { tokens, pass } = app(endpoint.appServiceSettings());
    const held = tokensOf(await tokens());
    await pass(31 * 60_000);
    expect(tokensOf(await tokens())).toEqual(held);
    await expect.poll(async () => tokensOf(await tokens()), { timeout: 10_000 }).not.toEqual(held);
    expect(endpoint.requests).toHaveLength(2);
  });
});

describe('an identity endpoint that fails', () => {
  it.each([
    { kind: 'hang' },
    { kind: 'reset' },
    { kind: 'malformed' },
    { kind: 'status', status: 500 },
  ] as const)('by %o leaves everybody with the token in hand, at once', async (fault) => {
    endpoint.tokenLifetime(3_600);
    const { tokens, pass } = app(endpoint.appServiceSettings());
    const [held] = tokensOf(await tokens());
    endpoint.fault(fault);
    await pass(31 * 60_000);
    expect(tokensOf(await tokens(3))).toEqual([held, held, held]);
    await expect.poll(() => endpoint.requests.length, { timeout: 10_000 }).toBeGreaterThan(1);
    await pass(27 * 60_000);
    expect(tokensOf(await tokens(3))).toEqual([held, held, held]);
  });

  it.each([
    [{ kind: 'hang' }, /did not answer within 5 s/],
    [{ kind: 'reset' }, /cannot be reached \(ECONNRESET\)/],
    [{ kind: 'malformed' }, /answered 200 without a token/],
    [{ kind: 'status', status: 404 }, /Failed to retrieve token/],
    [{ kind: 'status', status: 410 }, /Failed to retrieve token|did not answer within 10 s/],
    [{ kind: 'status', status: 429 }, /Failed to retrieve token/],
    [{ kind: 'status', status: 500 }, /Failed to retrieve token/],
  ] as const)('by %o is told within seconds, and works again when it does', async (fault, expected) => {
    endpoint.fault(fault);
    const { tokens } = app(endpoint.appServiceSettings());
    const error = errorOf(await tokens(3));
    expect(error).toMatch(/^TokenError: No access token could be had/);
    expect(error).toMatch(expected);
    expect(error).toMatch(/Check that the function app has a system-assigned identity/);
    endpoint.fault(null);
    expect(tokensOf(await tokens())).toHaveLength(1);
  });

  it('for a moment only is waited for', async () => {
    endpoint.fault({ kind: 'status', status: 500 });
    const { tokens } = app(endpoint.appServiceSettings());
    const waiting = tokens();
    await expect.poll(() => endpoint.requests.length, { timeout: 10_000 }).toBe(1);
    endpoint.fault(null);
    expect(tokensOf(await waiting)).toHaveLength(1);
  });

  it('slowly is waited for', async () => {
    endpoint.fault({ kind: 'slow', delayMs: 1_500 });
    const { tokens } = app(endpoint.appServiceSettings());
    expect(tokensOf(await tokens(3))).toHaveLength(3);
    expect(endpoint.requests).toHaveLength(1);
  });

  it('with a token in a broken answer shows none of it', async () => {
    const server = createServer((_, response) => response.end('{"access_token": "tok-8472, "expires_on": 1'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { tokens } = app({ IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/`, IDENTITY_HEADER: 'h-5519' });
    const error = errorOf(await tokens());
    expect(error).toMatch(/answered 200 without a token/);
    expect(error).not.toMatch(/8472|5519/);
    server.close();
    server.closeAllConnections();
  });

  it('because nothing listens there is told with its address', async () => {
    const { tokens } = app({ IDENTITY_ENDPOINT: 'http://127.0.0.1:9/msi/token', IDENTITY_HEADER: 'h' });
    expect(errorOf(await tokens())).toMatch(/endpoint at 127.0.0.1:9 cannot be reached \(ECONNREFUSED\)/);
  });
});

it('a laptop without any identity is told to log in, without a long wait', async () => {
  const { tokens } = app({});
  const error = errorOf(await tokens());
  expect(error).toMatch(/^TokenError: .*Outside Azure, log in with `az login`/s);
});
