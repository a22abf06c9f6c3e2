import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { encodeJson, JsonText } from '../../src/lib/json.ts';
import { QueueError } from '../../src/lib/messages/queueError.ts';
import { peekMessages } from '../../src/lib/messages/queueReader.ts';
import { createQueueSender, MAX_DELAY_SECONDS } from '../../src/lib/messages/queueSender.ts';
import { createReplyQueue } from '../../src/lib/messages/replyQueue.ts';
import { connectStorage } from '../../src/lib/messages/storage.ts';

const noIdentity = {
  credential: () => ({ getToken: () => Promise.reject(new Error('No token was to be asked for.')) }),
};
const uniqueName = () => `test-${randomBytes(6).toString('hex')}`;

let service: QueueServiceClient;
const made: string[] = [];

async function makeQueue(): Promise<string> {
  const name = uniqueName();
  await service.createQueue(name);
  made.push(name);
  return name;
}

beforeAll(() => {
  service = connectStorage({ connectionString: inject('parts').storage }, noIdentity);
});

afterAll(async () => {
  await Promise.all(made.map((name) => service.deleteQueue(name)));
});

async function failure(work: Promise<unknown>): Promise<QueueError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof QueueError)) throw new Error('Expected a QueueError', { cause: error });
  return error;
}

describe('a queue sender', () => {
  const body = encodeJson({
    text: 'Zürich 東京 🌙 <&>"\'\\ \t\n\r\u0001\u007f\u2028\ufffe\uffff',
    big: 12345678901234567890n,
    json: new JsonText('{ "n": 1.10,\r\n "x": null }'),
  });

  it('sends bytes that arrive as they are, in base64', async () => {
    const queue = await makeQueue();
    await createQueueSender(service, 'base64').send(queue, body);
    const { receivedMessageItems } = await service.getQueueClient(queue).receiveMessages();
    expect(Buffer.from(receivedMessageItems[0]?.messageText ?? '', 'base64')).toEqual(Buffer.from(body));
  });

  it('sends bytes that arrive as they are, as plain text', async () => {
    const queue = await makeQueue();
    await createQueueSender(service, 'none').send(queue, body);
    const { receivedMessageItems } = await service.getQueueClient(queue).receiveMessages();
    expect(Buffer.from(receivedMessageItems[0]?.messageText ?? '')).toEqual(Buffer.from(body));
  });

  it('sends the largest event', async () => {
    const queue = await makeQueue();
    const largest = new TextEncoder().encode('ö'.repeat(49_152 / 2));
    await createQueueSender(service, 'base64').send(queue, largest);
    const { receivedMessageItems } = await service.getQueueClient(queue).receiveMessages();
    expect(Buffer.from(receivedMessageItems[0]?.messageText ?? '', 'base64')).toEqual(Buffer.from(largest));
  });

  it('sends messages that never expire', async () => {
    const queue = await makeQueue();
    await createQueueSender(service, 'base64').send(queue, body);
    const [message] = (await service.getQueueClient(queue).receiveMessages()).receivedMessageItems;
    expect(message?.expiresOn.getUTCFullYear()).toBe(9999);
  });

  it('delays a message, by whole seconds and by 7 days at most', async () => {
    const queue = await makeQueue();
    const sender = createQueueSender(service, 'base64');
    await sender.send(queue, body, { delaySeconds: 3.2 });
    const client = service.getQueueClient(queue);
    expect((await client.receiveMessages()).receivedMessageItems).toEqual([]);
    const received = async () => (await client.receiveMessages()).receivedMessageItems.length;
    await expect.poll(received, { timeout: 20_000, interval: 250 }).toBe(1);
    await sender.send(queue, body, { delaySeconds: 2 * MAX_DELAY_SECONDS });
    expect((await client.receiveMessages()).receivedMessageItems).toEqual([]);
  });
});

describe('a queue that fails says how', () => {
  const body = new TextEncoder().encode('{}');
  const send = (to: QueueServiceClient, queue: string) => createQueueSender(to, 'base64').send(queue, body);

  it('missing, when there is none of that name', async () => {
    const error = await failure(send(service, 'no-such-queue'));
    expect(error).toMatchObject({ kind: 'missing', queue: 'no-such-queue' });
    expect(error.message).toBe(
      'There is no queue no-such-queue. Create it, or correct the setting that names it.',
    );
  });

  it('denied, when the key is wrong', async () => {
    const key = Buffer.from('not the account key').toString('base64');
    const wrong = inject('parts').storage.replace(/AccountKey=[^;]+/, `AccountKey=${key}`);
    const error = await failure(send(connectStorage({ connectionString: wrong }, noIdentity), 'any-queue'));
    expect(error.kind).toBe('denied');
    expect(error.message).toMatch(/refuses access to the queue any-queue .*Storage Queue Data Contributor/);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(key);
  });

  it('away, when nobody listens', async () => {
    const storage = inject('parts').storage.replace(
      /QueueEndpoint=http:\/\/127\.0\.0\.1:\d+/,
      'QueueEndpoint=http://127.0.0.1:1',
    );
    const error = await failure(send(connectStorage({ connectionString: storage }, noIdentity), 'any-queue'));
    expect(error.kind).toBe('away');
    expect(error.message).toMatch(/The queue any-queue cannot be reached \(.*ECONNREFUSED/);
  });

  it('away, when the storage is too busy', async () => {
    await using busy = await answering(503);
    const error = await failure(send(busy.service, 'any-queue'));
    expect(error.kind).toBe('away');
  });

  it('away, when there is no token', async () => {
    const identity = {
      credential: () => ({ getToken: () => Promise.reject(new Error('The identity endpoint is away.')) }),
    };
    const target = { queueServiceUri: 'https://127.0.0.1:1/account', clientId: null };
    const error = await failure(send(connectStorage(target, identity), 'any-queue'));
    expect(error).toMatchObject({
      kind: 'away',
      message: expect.stringContaining('The identity endpoint is away.'),
    });
  });

  it('refused, when the message is too large', async () => {
    const queue = await makeQueue();
    const error = await failure(createQueueSender(service, 'base64').send(queue, new Uint8Array(60_000)));
    expect(error.kind).toBe('refused');
  });

  it('never with a shared access signature', async () => {
    for (const status of [403, 503, 404, 400]) {
      await using refusing = await answering(status);
      const error = await failure(send(refusing.service, 'any-queue'));
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('SECRET');
    }
  });

  /** A storage that gives every request the same answer, reached with a shared access signature. */
  async function answering(status: number) {
    const server = createServer((_request, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A server that listens on a port has such an address.
    const { port } = server.address() as AddressInfo;
    const connectionString = `QueueEndpoint=http://127.0.0.1:${port};SharedAccessSignature=sv=2024-01-01&sig=SECRET`;
    return {
      service: connectStorage({ connectionString }, noIdentity),
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }
});

describe('connectStorage', () => {
  it.each([
    'UseDevelopmentStorage=true',
    'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net',
    'QueueEndpoint=https://a.queue.core.windows.net;SharedAccessSignature=sv=1&sig=x',
  ])('takes %s', (connectionString) => {
    expect(connectStorage({ connectionString }, noIdentity).url).toMatch(/^https?:\/\//);
  });

  it.each([
    ['', null],
    ['SECRET', null],
    ['SharedAccessSignature=SECRET', null],
    ['DefaultEndpointsProtocol=https;AccountName=a;AccountKey=SECRET', 'EndpointSuffix'],
    ['DefaultEndpointsProtocol=https;AccountKey=SECRET;EndpointSuffix=x', 'AccountName'],
    ['QueueEndpoint=SECRET;SharedAccessSignature=SECRET', null],
  ])('says what is wrong with %j without showing it', (connectionString, part) => {
    let error: unknown;
    try {
      connectStorage({ connectionString }, noIdentity);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      name: 'StorageSettingsError',
      message: expect.stringContaining(part ?? 'JobsStorage is not'),
    });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('SECRET');
  });

  it('refuses to send a token in the clear', () => {
    expect(() => connectStorage({ queueServiceUri: 'http://a.example', clientId: null }, noIdentity)).toThrow(
      /must begin with https/,
    );
  });

  it.each([
    'https://a.queue.core.windows.net',
    'https://a.queue.core.windows.net/',
    'https://127.0.0.1:1/account',
  ])('takes %s', (queueServiceUri) => {
    expect(connectStorage({ queueServiceUri, clientId: null }, noIdentity).getQueueClient('q-1').name).toBe(
      'q-1',
    );
  });

  it.each(['https://', 'https://localhost:1'])(
    'refuses %s, where the SDK finds no queue',
    (queueServiceUri) => {
      expect(() => connectStorage({ queueServiceUri, clientId: null }, noIdentity)).toThrow(
        /JobsStorage__queueServiceUri is not the address of a queue service/,
      );
    },
  );

  it('asks the chosen identity for a token of the storage', async () => {
    const asked: unknown[] = [];
    const identity = {
      credential: (clientId: string | null) => ({
        getToken: (scopes: string | string[]) => {
          asked.push([clientId, scopes]);
          return Promise.reject(new Error('enough'));
        },
      }),
    };
    const target = { queueServiceUri: 'https://127.0.0.1:1/account', clientId: 'some-client' };
    await failure(
      createQueueSender(connectStorage(target, identity), 'base64').send('any-queue', new Uint8Array([1])),
    );
    expect(asked[0]).toEqual(['some-client', ['https://storage.azure.com/.default']]);
  });
});

describe('peekMessages', () => {
  it('shows the front of the queue in order and takes nothing', async () => {
    const queue = await makeQueue();
    const sender = createQueueSender(service, 'base64');
    for (const n of [1, 2, 3]) await sender.send(queue, encodeJson({ n }));
    await service.getQueueClient(queue).sendMessage('not readable!');
    const seen = await peekMessages(service, queue);
    expect(seen.map(({ body }) => (body.ok ? body.value : body.reason))).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
      expect.stringContaining('neither JSON'),
    ]);
    expect(seen[0]).toMatchObject({ dequeueCount: 0, insertedAt: expect.any(Date) });
    expect(await peekMessages(service, queue, 2)).toEqual(seen.slice(0, 2));
  });

  it('says when there is no such queue', async () => {
    expect((await failure(peekMessages(service, 'no-such-queue'))).kind).toBe('missing');
  });
});

describe('a reply queue', () => {
  it('waits for an answer, takes it, and can be deleted twice', async () => {
    const results = uniqueName();
    const reply = await createReplyQueue(service, results, 'cli-1');
    expect(reply).toMatchObject({ name: `${results}-cli-1`, replyTo: 'cli-1' });
    const answer = reply.receive({ timeoutMs: 20_000 });
    await createQueueSender(service, 'base64').send(reply.name, encodeJson({ n: 2n ** 64n }));
    expect(await answer).toEqual({ ok: true, value: { n: 18446744073709551616n } });
    expect(await reply.receive({ timeoutMs: 0 })).toBeNull();
    await reply.delete();
    await reply.delete();
    expect((await failure(reply.receive({ timeoutMs: 0 }))).kind).toBe('missing');
  });

  it('stops waiting when it is told to', async () => {
    const reply = await createReplyQueue(service, uniqueName(), 'cli-2');
    const stop = new AbortController();
    const answer = reply.receive({ timeoutMs: 60_000, signal: stop.signal });
    stop.abort();
    await expect(answer).rejects.toThrow(/abort/i);
    await reply.delete();
  });

  it('refuses a name that is no queue name', async () => {
    await expect(createReplyQueue(service, 'results', 'No Name')).rejects.toThrow(RangeError);
  });
});
