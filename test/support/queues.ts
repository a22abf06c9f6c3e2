import type { QueueServiceClient } from '@azure/storage-queue';

export interface TakenMessage {
  readonly id: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages of every shape, and say what they expect.
  readonly json: any;
}

/** Receives and deletes all visible messages of a queue, in the order of their arrival. */
export async function takeMessages(service: QueueServiceClient, queue: string): Promise<TakenMessage[]> {
  const client = service.getQueueClient(queue);
  const taken: TakenMessage[] = [];
  for (;;) {
    const { receivedMessageItems } = await client.receiveMessages({ numberOfMessages: 32 });
    if (receivedMessageItems.length === 0) return taken;
    for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
      await client.deleteMessage(messageId, popReceipt);
      const bytes = Buffer.from(messageText, 'base64');
      taken.push({ id: messageId, bytes, json: JSON.parse(bytes.toString()) });
    }
  }
}

/** Delayed messages cannot be received; their number can be told. */
export async function countMessages(service: QueueServiceClient, queue: string): Promise<number> {
  const { approximateMessagesCount } = await service.getQueueClient(queue).getProperties();
  return approximateMessagesCount ?? 0;
}
