import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DequeuedMessageItem,
  type QueueClient,
  type QueueReceiveMessageOptions,
  QueueServiceClient,
} from '@azure/storage-queue';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startAzurite } from '../../../local/azurite.ts';
import { parseHostJson, type QueueOptions } from '../../../local/functionsHost/hostJson.ts';
import type { Listener } from '../../../local/functionsHost/listener.ts';
import { startQueueListener } from '../../../local/functionsHost/queueListener.ts';
import type { QueueProcessorOptions } from '../../../local/functionsHost/queueProcessor.ts';
import { base64, count, createQueues, newQueues, type Queues, visible } from './storage.ts';

const listeners: Listener[] = [];
const options: QueueOptions = { ...parseHostJson('{"version":"2.0"}').queues, maxPollingIntervalMs: 200 };
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

function listen(
  { queue, poison }: Queues,
  invoke: (message: DequeuedMessageItem, body: Uint8Array) => Promise<void>,
  other: Partial<Omit<QueueProcessorOptions, 'options'>> & { options?: Partial<QueueOptions> } = {},
) {
  const warnings: string[] = [];
  const listener = startQueueListener({
    queue,
    poisonQueue: poison,
    lockSeconds: 600,
    invoke,
    warn: (message) => warnings.push(message),
    ...other,
    options: { ...options, ...other.options },
  });
  listeners.push(listener);
  return { listener, warnings };
}

/** A handler whose invocations wait until the test lets each go. */
function gate() {
  const running: { text: string; finish: () => void }[] = [];
  const invoke = (_message: unknown, body: Uint8Array) =>
    new Promise<void>((finish) => running.push({ text: Buffer.from(body).toString(), finish }));
  return { running, invoke };
}

afterEach(async () => {
  vi.useRealTimers();
  for (const listener of listeners) listener.stop();
  await Promise.all(listeners.splice(0).map((listener) => listener.drained()));
});

describe('how many messages run at once', () => {
  test('a batch is batchSize messages, and no more are taken while more than newBatchThreshold run', async () => {
    const queues = await createQueues();
    for (let i = 0; i < 7; i += 1) await queues.queue.sendMessage(base64(`${i}`));
    const { running, invoke } = gate();
    listen(queues, invoke, { options: { batchSize: 3, newBatchThreshold: 1 } });

    await eventually(() => expect(running).toHaveLength(3));
    running[0]?.finish();
    await sleep(500);
    expect(running).toHaveLength(3);

    running[1]?.finish(); // one is left, which is the threshold: three more come
    await eventually(() => expect(running).toHaveLength(6));
    for (const { finish } of running) finish();
    await eventually(() => expect(running).toHaveLength(7));
    running[6]?.finish();
    await eventually(async () => expect(await count(queues.queue)).toBe(0));
  });

  test('with newBatchThreshold 0 a batch is finished before the next is taken', async () => {
    const queues = await createQueues();
    for (let i = 0; i < 4; i += 1) await queues.queue.sendMessage(base64(`${i}`));
    const { running, invoke } = gate();
    listen(queues, invoke, { options: { batchSize: 2, newBatchThreshold: 0 } });

    await eventually(() => expect(running).toHaveLength(2));
    running[0]?.finish();
    await sleep(500);
    expect(running).toHaveLength(2);
    running[1]?.finish();
    await eventually(() => expect(running).toHaveLength(4));
    for (const { finish } of running) finish();
  });
});

describe('polling', () => {
  test('a queue that does not exist is polled until it does, without a word', async () => {
    const queues = newQueues();
    const seen: string[] = [];
    const { warnings } = listen(queues, async (_, body) => {
      seen.push(Buffer.from(body).toString());
    });
    await sleep(500);
    await queues.queue.create();
    await queues.queue.sendMessage(base64('at last'));
    await eventually(() => expect(seen).toEqual(['at last']));
    expect(warnings).toEqual([]);
  });

  test('a storage that goes away is said once, polled on, and said to be back', async () => {
    const first = await startAzurite();
    const service = QueueServiceClient.fromConnectionString(first.connectionString, {
      retryOptions: { maxTries: 1 },
    });
    const queue = service.getQueueClient('comes-and-goes');
    const { warnings } = listen({ queue, poison: service.getQueueClient('unused') }, async () => {});
    await sleep(300);
    await first.stop();
    await eventually(() => expect(warnings).toHaveLength(1));
    await sleep(500); // several polls more, each refused
    const second = await startAzurite({ ports: first.ports });
    await eventually(() => expect(warnings).toHaveLength(2));
    expect(warnings[0]).toContain('queue comes-and-goes cannot be read, trying again: ');
    expect(warnings[1]).toContain('answers again');
    listeners[0]?.stop();
    await second.stop();
  });

  test('a message put into a poison queue wakes the listener of that queue', async () => {
    // The clock of polling stands still: only being woken ends a wait.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { queue, poison } = await createQueues();
    await poison.create();
    await queue.sendMessage(base64('bad'));
    const seen: string[] = [];
    const dead = listen({ queue: poison, poison: newQueues().poison }, async (_, body) => {
      seen.push(Buffer.from(body).toString());
    });
    await sleep(500);
    listen(
      { queue, poison },
      async () => {
        throw new Error('no');
      },
      {
        options: { maxDequeueCount: 1 },
        onPoison: (name) => {
          if (name === dead.listener.queueName) dead.listener.wake?.();
        },
      },
    );
    while (seen.length === 0) await sleep(20);
    expect(seen).toEqual(['bad']);
  });
});

describe('the lock', () => {
  test('a message is hidden for the lock while it runs', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('x'));
    const received = Date.now();
    const { running, invoke } = gate();
    let nextVisible = 0;
    listen(queues, (message, body) => {
      nextVisible = message.nextVisibleOn.getTime();
      return invoke(message, body);
    });
    await eventually(() => expect(running).toHaveLength(1));
    expect(nextVisible - received).toBeGreaterThan(590_000);
    expect(nextVisible - received).toBeLessThan(630_000);
    running[0]?.finish();
  });

  test('it is renewed at half its time, so a long run is not delivered again, and is deleted in the end', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('long'));
    const { running, invoke } = gate();
    listen(queues, invoke, { lockSeconds: 2 });
    await eventually(() => expect(running).toHaveLength(1));
    await sleep(5_000);
    expect(running).toHaveLength(1);
    expect(await visible(queues.queue)).toEqual([]);
    running[0]?.finish();
    await eventually(async () => expect(await count(queues.queue)).toBe(0));
  });

  test('a message that someone else took over is left to them', async () => {
    const queues = await createQueues();
    const sent = await queues.queue.sendMessage(base64('x'));
    const { running, invoke } = gate();
    let receipt = '';
    const { warnings } = listen(queues, (message, body) => {
      receipt = message.popReceipt;
      return invoke(message, body);
    });
    await eventually(() => expect(running).toHaveLength(1));
    await queues.queue.updateMessage(sent.messageId, receipt, base64('changed'), 300);
    running[0]?.finish();
    listeners[0]?.stop();
    await listeners[0]?.drained();
    expect(await count(queues.queue)).toBe(1);
    expect(warnings).toEqual([]);
  });
});

describe('a failed invocation', () => {
  const fail = async () => {
    throw new Error('broken');
  };

  test('the message is visible again at once by default, with its dequeueCount one higher', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('x'));
    const counts: number[] = [];
    const { warnings } = listen(queues, async ({ dequeueCount }) => {
      counts.push(dequeueCount);
      if (dequeueCount < 3) throw new Error('broken');
    });
    await eventually(async () => expect(await count(queues.queue)).toBe(0));
    expect(counts).toEqual([1, 2, 3]);
    expect(warnings[0]).toMatch(/^failed on message .* \(try 1 of 5\): broken$/);
  });

  test('visibilityTimeout hides it before the next try', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('x'));
    let tries = 0;
    listen(
      queues,
      async () => {
        tries += 1;
        throw new Error('broken');
      },
      { options: { visibilityTimeoutMs: 600_000 } },
    );
    await eventually(() => expect(tries).toBe(1));
    await sleep(1_000);
    expect(tries).toBe(1);
    expect(await visible(queues.queue)).toEqual([]);
    expect(await count(queues.queue)).toBe(1);
  });

  test('at maxDequeueCount the message moves at once, as it is, to the poison queue, which is created', async () => {
    const queues = await createQueues();
    const text = base64('the very same text');
    await queues.queue.sendMessage(text);
    listen(queues, fail, { options: { maxDequeueCount: 1, visibilityTimeoutMs: 600_000 } });
    await eventually(async () => expect(await visible(queues.poison)).toEqual([text]));
    await eventually(async () => expect(await count(queues.queue)).toBe(0));
  });

  test('a message received more often than that, for its host died, moves there without another run', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('killer'));
    for (let i = 0; i < 2; i += 1) {
      const { receivedMessageItems } = await queues.queue.receiveMessages({ visibilityTimeout: 1 });
      expect(receivedMessageItems).toHaveLength(1);
      await sleep(1_200);
    }
    let runs = 0;
    listen(
      queues,
      async () => {
        runs += 1;
      },
      { options: { maxDequeueCount: 2 } },
    );
    await eventually(async () => expect(await visible(queues.poison)).toHaveLength(1));
    expect(runs).toBe(0);
  });

  test('in a poison queue it stays hidden until the lock ends, for there is no further queue', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('x'));
    let tries = 0;
    listen(
      queues,
      async () => {
        tries += 1;
        throw new Error('broken');
      },
      { poisonQueue: null, options: { maxDequeueCount: 1 } },
    );
    await eventually(() => expect(tries).toBe(1));
    await sleep(1_000);
    expect(tries).toBe(1);
    expect(await count(queues.queue)).toBe(1);
  });
});

describe('decoding', () => {
  test('what is not base64 goes to the poison queue without a run, unchanged', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage('{"plain":"json"}');
    let runs = 0;
    const { warnings } = listen(queues, async () => {
      runs += 1;
    });
    await eventually(async () => expect(await visible(queues.poison)).toEqual(['{"plain":"json"}']));
    await eventually(async () => expect(await count(queues.queue)).toBe(0));
    expect(runs).toBe(0);
    expect(warnings[0]).toContain('is not base64');
  });

  test('messageEncoding none takes the text as it is, base64 or not', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage('{"plain":"json"}');
    await queues.queue.sendMessage('eyJhIjoxfQ==');
    const seen: string[] = [];
    listen(queues, async (_, body) => void seen.push(Buffer.from(body).toString()), {
      options: { messageEncoding: 'none' },
    });
    await eventually(() => expect(seen.sort()).toEqual(['eyJhIjoxfQ==', '{"plain":"json"}']));
  });
});

describe('stopping', () => {
  test('nothing more is taken, and what runs is finished and deleted', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('first'));
    const { running, invoke } = gate();
    const { listener } = listen(queues, invoke);
    await eventually(() => expect(running).toHaveLength(1));
    listener.stop();
    await queues.queue.sendMessage(base64('second'));
    let drained = false;
    const draining = listener.drained().then(() => {
      drained = true;
    });
    await sleep(500);
    expect(drained).toBe(false);
    expect(listener.running()).toBe(1);
    running[0]?.finish();
    await draining;
    expect(await visible(queues.queue)).toEqual([base64('second')]);
    expect(await count(queues.queue)).toBe(1);
  });

  test('messages that arrive with the stop are given back at once', async () => {
    const queues = await createQueues();
    await queues.queue.sendMessage(base64('x'));
    let stop = () => {};
    const stopsAsItReceives: QueueClient = Object.create(queues.queue, {
      receiveMessages: {
        value: async (receive?: QueueReceiveMessageOptions) => {
          const received = await queues.queue.receiveMessages(receive);
          stop();
          return received;
        },
      },
    });
    const { listener } = listen({ ...queues, queue: stopsAsItReceives }, async () => {
      throw new Error('must not run');
    });
    stop = listener.stop;
    await listener.drained();
    expect(await visible(queues.queue)).toEqual([base64('x')]);
  });
});
