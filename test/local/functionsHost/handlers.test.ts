import { expect, test, vi } from 'vitest';
import { makeApp, runHost } from './runningHost.ts';
import { base64, connectionString, count, createQueues, visible } from './storage.ts';

const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000, interval: 50 });

async function runQueues(queues: Record<string, unknown> = {}, hostJson: Record<string, unknown> = {}) {
  const text = await createQueues();
  const bytes = await createQueues();
  const host = await runHost(await makeApp('queues', queues, hostJson), {
    TestStorage: connectionString,
    TEXT_QUEUE: text.queue.name,
    BYTES_QUEUE: bytes.queue.name,
  });
  const sawOne = async () => JSON.parse((await host.said('SAW'))[0] ?? '');
  return { text, bytes, host, sawOne };
}

test('by default a handler gets the JSON of a base64 body, parsed by the library', async () => {
  const { text, sawOne } = await runQueues();
  await text.queue.sendMessage(base64('{"job":"close-day","day":"2026-01-31"}'));
  expect(await sawOne()).toMatchObject({ type: 'object', value: { job: 'close-day', day: '2026-01-31' } });
});

test('a body that is not JSON is a string', async () => {
  const { text, sawOne } = await runQueues();
  await text.queue.sendMessage(base64('close-day'));
  expect(await sawOne()).toMatchObject({ type: 'string', value: 'close-day' });
});

test('a big integer loses digits in the library, as in Azure', async () => {
  const { text, sawOne } = await runQueues();
  await text.queue.sendMessage(base64('9007199254740993'));
  expect(await sawOne()).toMatchObject({ type: 'number', value: 9007199254740992 });
});

test('messageEncoding none hands the text over as it was sent', async () => {
  const { text, sawOne } = await runQueues({ messageEncoding: 'none' });
  await text.queue.sendMessage(base64('close-day'));
  expect(await sawOne()).toMatchObject({ type: 'string', value: base64('close-day') });
});

test('dataType binary gives the decoded bytes, unparsed', async () => {
  const { bytes, sawOne } = await runQueues();
  await bytes.queue.sendMessage(base64('{"a":1}'));
  expect(await sawOne()).toMatchObject({ type: 'Buffer', value: base64('{"a":1}') });
});

test('dataType binary and messageEncoding none give the bytes that were sent', async () => {
  const { bytes, sawOne } = await runQueues({ messageEncoding: 'none' });
  await bytes.queue.sendMessage('{"a":1}');
  expect(await sawOne()).toMatchObject({ type: 'Buffer', value: base64('{"a":1}') });
});

test('bytes that are no text reach a binary handler and have no queueTrigger metadata', async () => {
  const { bytes, sawOne } = await runQueues();
  await bytes.queue.sendMessage('//79');
  const saw = await sawOne();
  expect(saw).toMatchObject({ type: 'Buffer', value: '//79' });
  expect(saw.metadata).not.toHaveProperty('queueTrigger');
});

test('bytes that are no text fail a handler that wants text before it runs', async () => {
  const { text, host } = await runQueues({ maxDequeueCount: 1 });
  await text.queue.sendMessage('//79');
  await eventually(async () => expect(await visible(text.poison)).toEqual(['//79']));
  expect(host.lines.join()).toContain('is not UTF-8');
  expect(host.lines.join()).not.toContain('SAW');
});

test('trigger metadata has the names and forms of the real host', async () => {
  const { bytes, sawOne } = await runQueues();
  const sent = await bytes.queue.sendMessage(base64('[1]'));
  const { metadata } = await sawOne();
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;
  expect(metadata).toEqual({
    queueTrigger: [1],
    id: sent.messageId,
    dequeueCount: 1,
    popReceipt: expect.any(String),
    insertionTime: expect.stringMatching(date),
    expirationTime: expect.stringMatching(date),
    nextVisibleTime: expect.stringMatching(date),
  });
  expect(Date.parse(metadata.insertionTime)).toBe(sent.insertedOn.getTime());
});

test('the properties of a JSON payload are metadata too, and its id hides the message id', async () => {
  const { text, sawOne } = await runQueues();
  await text.queue.sendMessage(base64('{"id":"mine","list":[1],"job":"close-day","dry":true}'));
  const { metadata } = await sawOne();
  expect(metadata).toMatchObject({ id: 'mine', job: 'close-day', dry: 'True' });
  expect(metadata).not.toHaveProperty('list');
});

test.each(['{"return":{"any":"value"}}', '{}', '{"throwUndefined":true}'])(
  'a handler that does %s has succeeded: the message is deleted',
  async (order) => {
    const { text, host } = await runQueues();
    await text.queue.sendMessage(base64(order));
    await host.said('SAW');
    await eventually(async () => expect(await count(text.queue)).toBe(0));
    expect(host.lines.filter((line) => line.includes('SAW'))).toHaveLength(1);
    expect(await text.poison.exists()).toBe(false);
  },
);

test.each([
  ['{"throw":"no such job"}', 'no such job'],
  ['{"returnBigInt":true}', 'Do not know how to serialize a BigInt'],
])('a handler that does %s has failed: tried again, then to poison', async (order, message) => {
  const { text, host } = await runQueues({ maxDequeueCount: 2 });
  await text.queue.sendMessage(base64(order));
  await eventually(async () => expect(await visible(text.poison)).toEqual([base64(order)]));
  const saw = await host.said('SAW', 2);
  expect(saw.map((line) => JSON.parse(line).metadata.dequeueCount)).toEqual([1, 2]);
  expect(host.lines.find((line) => line.includes('(try 1 of 2)'))).toContain(message);
});

test('what a function logs is one line each, with its name and level', async () => {
  const { text, host } = await runQueues();
  await text.queue.sendMessage(base64('{"log":"first line\\n  second line"}'));
  await host.said('error:');
  const logged = host.lines.filter((line) => line.includes('first line |'));
  expect(logged).toEqual([
    '[text] first line | second line',
    '[text] warning: first line | second line',
    '[text] error: first line | second line',
  ]);
});

test('host.json sets which levels are shown', async () => {
  const { text, host } = await runQueues({}, { logging: { logLevel: { default: 'Trace' } } });
  await text.queue.sendMessage(base64('{"log":"hello"}'));
  await host.said('error:');
  expect(host.lines).toContain('[text] trace: hello');
  expect(host.lines).toContain('[text] debug: hello');
});

test('handlers run at the same time: each of these waits for the other', async () => {
  const { text, host } = await runQueues();
  for (let i = 0; i < 2; i += 1) await text.queue.sendMessage(base64('{"meet":2}'));
  await host.said('DONE', 2);
});
