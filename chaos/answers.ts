import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueServiceClient } from '@azure/storage-queue';
import { QUEUES } from '../local/stack/names.ts';
import type { Request } from './plan/request.ts';

/** An event as the results queue had it: each of its deliveries ought to be the same, byte for byte. */
export interface ToldEvent {
  /** CloudEvents `id`. */
  readonly id: string;
  readonly type: string;
  readonly bytes: Buffer;
  deliveries: number;
  /** Another event came under the same id. */
  differs: boolean;
  readonly data: EventData;
}

/** What the account reads of an event's data. */
export interface EventData {
  readonly runId?: string;
  readonly queryId?: string;
  readonly attempt?: number;
  readonly rows: readonly (readonly unknown[])[];
  readonly error: { readonly message: string; readonly sqlState: string | null } | null;
  readonly reason?: string;
}

/** Takes what the app tells off the results queue, as a consumer does. */
export interface Answers {
  /** By their id. */
  readonly events: ReadonlyMap<string, ToldEvent>;
  /** Notes what a request's answer will look like; those that cannot be read are told by their message's id. */
  expect(request: Request, messageId: string): void;
  /** How many requests have an answer. */
  count(): number;
  /** Takes what is there now. @returns how many */
  take(): Promise<number>;
  /** Goes on taking until it is stopped. */
  collect(signal: AbortSignal): Promise<void>;
}

export function createAnswers(queues: QueueServiceClient): Answers {
  const queue = queues.getQueueClient(QUEUES.results);
  const events = new Map<string, ToldEvent>();
  const told = new Set<string>();
  const expected = new Map<string, string>();
  const answered = new Set<string>();

  /** By what the events of a request name: its run, query or message. An answer may be there before we note it. */
  const settle = (subject: string) => {
    const token = expected.get(subject);
    if (token !== undefined && told.has(subject)) answered.add(token);
  };
  const note = (bytes: Buffer) => {
    // An event of the app's; what else could be there would show in the account as disagreement.
    const event = JSON.parse(bytes.toString()) as { id: string; type: string; data: EventData };
    const known = events.get(event.id);
    if (known) {
      known.deliveries += 1;
      known.differs ||= !known.bytes.equals(bytes);
    } else {
      events.set(event.id, { ...event, bytes, deliveries: 1, differs: false });
    }
    const { runId, queryId } = event.data;
    const subject = runId ?? `query:${queryId}`;
    told.add(subject);
    settle(subject);
  };
  const take = async () => {
    const { receivedMessageItems } = await queue.receiveMessages({ numberOfMessages: 32 });
    for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
      note(Buffer.from(messageText, 'base64'));
      await queue.deleteMessage(messageId, popReceipt);
    }
    return receivedMessageItems.length;
  };

  return {
    events,
    expect(request, messageId) {
      for (const subject of subjectsOf(request, [messageId])) {
        expected.set(subject, request.token);
        settle(subject);
      }
    },
    count: () => answered.size,
    take,
    async collect(signal) {
      while (!signal.aborted) if ((await take()) === 0) await sleep(100);
    },
  };
}

/** The ids by which events tell of a request: its run's or query's, or those of its messages. */
export function subjectsOf({ queue, id, outcomes }: Request, messageIds: readonly string[]): string[] {
  const isRejected = outcomes.includes('rejected');
  if (queue === 'queries') return id === null ? messageIds.map((each) => `query:${each}`) : [`query:${id}`];
  return id === null || isRejected ? messageIds.map((each) => `message:${each}`) : [`user:${id}`];
}
