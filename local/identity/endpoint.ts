import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './answer.ts';
import { APP_SERVICE_PATH, appServiceToken, readAppServiceRequest } from './appService.ts';
import { actOut, type Fault } from './fault.ts';
import { APP_IDENTITY, QUERY_IDENTITY, TENANT_ID } from './identities.ts';
import { IMDS_PATH, imdsToken, readImdsRequest } from './imds.ts';
import type { ManagedIdentity } from './managedIdentity.ts';
import { createTokenIssuer, type TokenIssuer } from './tokenIssuer.ts';

export interface IdentityEndpointOptions {
  /** @default the app's system-assigned and the query's user-assigned identity */
  readonly identities?: readonly ManagedIdentity[];
  /** Share one issuer so that a front takes the tokens of several endpoints. @default an issuer of its own */
  readonly issuer?: TokenIssuer;
  /** How long its tokens live, in seconds. @default 86400, as a managed identity's do */
  readonly tokenLifetimeSeconds?: number;
  /** @default a free port of 127.0.0.1 */
  readonly port?: number;
}

/** One request for a token, as it was noted. The token itself is not. */
export interface TokenInquiry {
  readonly contract: 'App Service' | 'IMDS';
  readonly resource: string | null;
  readonly clientId: string | null;
}

export interface IdentityEndpoint {
  readonly url: string;
  readonly issuer: TokenIssuer;
  /** Every request for a token since the start, in order, those that met a fault included. */
  readonly requests: readonly TokenInquiry[];
  /** Environment of an app in App Service or Functions. */
  appServiceSettings(): { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  /** Environment of an app on a virtual machine. */
  imdsSettings(): { AZURE_POD_IDENTITY_AUTHORITY_HOST: string };
  /** From now on every request meets this fault; null mends it, for requests that come afterwards. */
  fault(fault: Fault | null): void;
  /** The lifetime of the tokens issued from now on, in seconds. */
  tokenLifetime(seconds: number): void;
  stop(): Promise<void>;
}

/** Where the public key stands, as Entra publishes its own. */
const JWKS_PATH = '/discovery/keys';

/** Starts an endpoint that gives managed-identity tokens by both of Azure's contracts over plain HTTP. */
export async function startIdentityEndpoint(
  options: IdentityEndpointOptions = {},
): Promise<IdentityEndpoint> {
  const identities = options.identities ?? [APP_IDENTITY, QUERY_IDENTITY];
  const issuer = options.issuer ?? (await createTokenIssuer(TENANT_ID));
  const secret = randomBytes(16).toString('hex').toUpperCase();
  const requests: TokenInquiry[] = [];
  let lifetimeSeconds = options.tokenLifetimeSeconds ?? 86_400;
  let fault: Fault | null = null;

  const answer = async (path: string, query: URLSearchParams, request: IncomingMessage): Promise<Answer> => {
    const granted =
      path === APP_SERVICE_PATH
        ? readAppServiceRequest(query, request.headers, secret, identities)
        : readImdsRequest(query, request.headers, identities);
    if ('status' in granted) return granted;
    const { identity, resource } = granted;
    const issued = await issuer.issue({ identity, resource, lifetimeSeconds });
    return (path === APP_SERVICE_PATH ? appServiceToken : imdsToken)(identity, resource, issued);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    // msal writes a slash behind the path of IMDS.
    const pathname = path.replace(/\/$/, '');
    if (pathname === JWKS_PATH) return send(response, { status: 200, body: { keys: [issuer.publicKey] } });
    if (pathname !== APP_SERVICE_PATH && pathname !== IMDS_PATH) {
      return send(response, { status: 404, body: { error: 'not_found' } });
    }
    requests.push({
      contract: pathname === APP_SERVICE_PATH ? 'App Service' : 'IMDS',
      resource: searchParams.get('resource'),
      clientId: searchParams.get('client_id'),
    });
    if (fault !== null && (await actOut(fault, request, response))) return;
    send(response, await answer(pathname, searchParams, request));
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const url = await listen(server, options.port ?? 0);

  return {
    url,
    issuer,
    requests,
    appServiceSettings: () => ({ IDENTITY_ENDPOINT: url + APP_SERVICE_PATH, IDENTITY_HEADER: secret }),
    imdsSettings: () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: url }),
    fault: (next) => {
      fault = next;
    },
    tokenLifetime: (seconds) => {
      lifetimeSeconds = seconds;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(body));
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo; a string is a pipe's, null is one that does not listen.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
