import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabase, type Database } from '../../src/lib/database/connection.ts';
import { parseDatabaseUrl } from '../../src/lib/database/databaseUrl.ts';
import { createIdentity } from '../../src/lib/database/identity.ts';
import { databaseScope } from '../../src/lib/database/scope.ts';
import type { Job } from '../../src/lib/jobs/job.ts';
import { createQueueSender } from '../../src/lib/messages/queueSender.ts';
import type { ReceivedMessage } from '../../src/lib/messages/receivedMessage.ts';
import { connectStorage } from '../../src/lib/messages/storage.ts';
import type { Worker } from '../../src/lib/runs/worker.ts';
import type { TestDatabase } from './database.ts';
import { type HandWorker, handWorker } from './handWorker.ts';
import { type TakenMessage, takeMessages } from './queues.ts';

/** A worker on real parts: PostgreSQL behind the TLS front with tokens, and queues of its own on Azurite. */
export interface TestWorker extends HandWorker {
  /** Takes everything that can be received now. */
  results(): Promise<TakenMessage[]>;
  jobs(): Promise<TakenMessage[]>;
  close(): Promise<void>;
}

/** As app.ts does, with jobs given by hand: see handWorker. */
export async function testWorker(
  database: TestDatabase,
  jobs: readonly Job[],
  more: Partial<
    Pick<Worker, 'now' | 'random' | 'stopping' | 'maxDeferralMs' | 'retention' | 'sweepAfter'>
  > = {},
  /** More databases by name: their addresses. */
  others: Readonly<Record<string, string>> = {},
): Promise<TestWorker> {
  const parts = inject('parts');
  // msal reads the process's own environment.
  Object.assign(process.env, parts.identity.appService);
  const identity = createIdentity(process.env, 'public');
  const open = (setting: string, url: string): Database => {
    const parsed = parseDatabaseUrl(setting, url);
    if (!parsed.ok) throw new Error(parsed.problems.join(' '));
    return createDatabase(parsed.target, { tokens: identity.tokens(null, databaseScope('public')) });
  };
  const home = open('DATABASE_URL', database.url);
  const service = connectStorage({ connectionString: parts.storage }, identity);
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  const queues = { jobs: `${prefix}-jobs`, queries: `${prefix}-queries`, results: `${prefix}-results` };
  for (const queue of Object.values(queues)) await service.createQueue(queue);

  const worker = handWorker({ home, queues, sender: createQueueSender(service, 'base64'), jobs }, more);
  const databases = new Map([['main', home]]);
  for (const [name, url] of Object.entries(others)) databases.set(name, open(`DATABASE_URL_${name}`, url));
  return {
    ...worker,
    databases,
    results: () => takeMessages(service, queues.results),
    jobs: () => takeMessages(service, queues.jobs),
    async close() {
      await worker.settle();
      for (const each of databases.values()) await each.close();
      for (const queue of Object.values(queues)) await service.deleteQueue(queue);
    },
  };
}

/** A message as the functions host hands it over. */
export function received(
  worker: Worker,
  body: unknown,
  more: Partial<ReceivedMessage> = {},
): ReceivedMessage {
  return {
    queue: worker.queues.jobs,
    id: randomBytes(8).toString('hex'),
    body: body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body)),
    dequeueCount: 1,
    insertedAt: new Date(),
    ...more,
  };
}
