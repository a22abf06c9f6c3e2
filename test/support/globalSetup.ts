import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startAzurite } from '../../local/azurite.ts';
import { startIdentityEndpoint } from '../../local/identity/endpoint.ts';
import { APP_IDENTITY, QUERY_IDENTITY } from '../../local/identity/identities.ts';
import { startPostgres } from '../../local/postgres.ts';
import { startTlsFront } from '../../local/tlsFront/front.ts';
import type { SharedParts } from './sharedParts.ts';
import { APP_LOGIN, prepareTemplate, QUERY_LOGIN, TEMPLATE_DATABASE } from './template.ts';

/**
 * Starts the parts that all test files share, once for the run. A test that breaks a part starts one of its own.
 */
export default async function globalSetup(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, azurite, identity] = await Promise.all([
    startPostgres({ durable: false, maxConnections: 300 }),
    startAzurite(),
    startIdentityEndpoint(),
  ]);
  const front = await startTlsFront({
    server: postgres,
    trust: identity.issuer,
    logins: {
      [APP_LOGIN]: { principalId: APP_IDENTITY.principalId },
      [QUERY_LOGIN]: { principalId: QUERY_IDENTITY.principalId },
    },
    caFile: join(postgres.socketDirectory, 'ca.pem'),
  });
  await createTemplate(postgres.superuserUrl());
  await prepareTemplate(postgres.superuserUrl(TEMPLATE_DATABASE));

  const parts: SharedParts = {
    postgres: { socketDirectory: postgres.socketDirectory, port: postgres.port, pid: postgres.pid() },
    front: { port: front.port, caFile: front.caFile },
    storage: azurite.connectionString,
    identity: { appService: identity.appServiceSettings(), imds: identity.imdsSettings() },
  };
  project.provide('parts', parts);

  return async () => {
    await front.stop();
    await Promise.all([postgres.stop(), azurite.stop(), identity.stop()]);
  };
}

async function createTemplate(superuserUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await client.end();
}
