import { app, type InvocationContext, type StorageQueueFunctionOptions } from '@azure/functions';
import type { App } from '../lib/app.ts';
import type { Log } from '../lib/log.ts';
import type { ReceivedMessage } from '../lib/messages/receivedMessage.ts';
import { invocationLog } from './invocationLog.ts';
import { startApp } from './startApp.ts';

type Handler = (app: App, message: ReceivedMessage, log: Log) => Promise<void>;

/** Registers a queue trigger that hands the message over as bytes, undecoded: the host would parse digits away. */
export function onQueue(name: string, queueName: string, handle: Handler): void {
  // The library passes options that its type does not name on to the host, which knows this one.
  const options: StorageQueueFunctionOptions & { dataType: 'binary' } = {
    queueName,
    connection: 'JobsStorage',
    dataType: 'binary',
    handler: (body, context) =>
      handle(startApp(), received(queueName, body, context), invocationLog(context)),
  };
  app.storageQueue(name, options);
}

function received(queue: string, body: unknown, context: InvocationContext): ReceivedMessage {
  const { id, dequeueCount, insertionTime } = context.triggerMetadata ?? {};
  const insertedAt = new Date(String(insertionTime));
  return {
    queue,
    id: String(id),
    body: bytes(body),
    dequeueCount: Number(dequeueCount ?? 1),
    insertedAt: Number.isNaN(insertedAt.getTime()) ? null : insertedAt,
  };
}

/** With `dataType: binary` it is a Buffer; a host that does not know the option sends text. */
function bytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
