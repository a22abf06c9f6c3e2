import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { expect, test } from 'vitest';
import { type Azurite, startAzurite } from '../../local/azurite.ts';
import { runProgram } from '../support/program.ts';

const queue = (azurite: Azurite) =>
  QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient('things');

test('queues and blobs answer under the connection string', async () => {
  const azurite = await startAzurite();
  try {
    await queue(azurite).create();
    await queue(azurite).sendMessage('hello');
    const { receivedMessageItems } = await queue(azurite).receiveMessages();
    expect(receivedMessageItems.map((message) => message.messageText)).toEqual(['hello']);

    const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
      'things',
    );
    await container.create();
    expect(await container.exists()).toBe(true);
  } finally {
    await azurite.stop();
  }
});

test('a directory keeps the messages over a restart on the same ports', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift azurite '));
  try {
    const first = await startAzurite({ directory });
    await queue(first).create();
    await queue(first).sendMessage('kept');
    await first.stop();

    const second = await startAzurite({ directory, ports: first.ports });
    expect(second.connectionString).toBe(first.connectionString);
    const { peekedMessageItems } = await queue(second).peekMessages();
    await second.stop();
    expect(peekedMessageItems.map((message) => message.messageText)).toEqual(['kept']);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a port that is taken is told in its own words', async () => {
  const azurite = await startAzurite();
  try {
    await expect(startAzurite({ ports: azurite.ports })).rejects.toThrow(/EADDRINUSE/);
  } finally {
    await azurite.stop();
  }
});

test('deleted messages are not collected while tests run', async () => {
  const { stdout } = await runProgram('--input-type=commonjs', [
    ...['--import', './local/azurite/calmQueues.ts'],
    ...['--eval', `console.log(require('azurite/dist/src/queue/utils/constants').DEFAULT_GC_INTERVAL_MS)`],
  ]);
  expect(Number(stdout)).toBeGreaterThan(60 * 60 * 1000);
});
