/** A worker process: takes one message from the jobs queue, runs it and deletes it, unless it dies on the way. */
import '../../support/sqlAsText.ts';
import type { Point, Task } from './task.ts';

const { QueueServiceClient } = await import('@azure/storage-queue');
const { createDatabase } = await import('../../../src/lib/database/connection.ts');
const { parseDatabaseUrl } = await import('../../../src/lib/database/databaseUrl.ts');
const { createIdentity } = await import('../../../src/lib/database/identity.ts');
const { databaseScope } = await import('../../../src/lib/database/scope.ts');
const { createQueueSender } = await import('../../../src/lib/messages/queueSender.ts');
const { handWorker } = await import('../../support/handWorker.ts');
const { runJob } = await import('../../../src/lib/runs/runJob.ts');
const { receiveOne } = await import('../delivery.ts');
const { struckDatabase, struckSender } = await import('./struckDatabase.ts');

// The test that started it wrote it.
const task = JSON.parse(process.env['TASK'] ?? '') as Task;

function pass(point: Point): void {
  if (point !== task.at) return;
  process.stdout.write(`${point}\n`);
  process.kill(process.pid, task.signal);
}

const identity = createIdentity(process.env, 'public');
const parsed = parseDatabaseUrl('DATABASE_URL', task.databaseUrl);
if (!parsed.ok) throw new Error(parsed.problems.join(' '));
const home = struckDatabase(
  createDatabase(parsed.target, { tokens: identity.tokens(null, databaseScope('public')) }),
  pass,
);
const service = QueueServiceClient.fromConnectionString(task.storage);
const worker = handWorker({
  home,
  jobs: task.jobs,
  queues: task.queues,
  sender: struckSender(createQueueSender(service, 'base64'), task.queues.results, pass),
});

const delivery = await receiveOne(service, task.queues.jobs, task.lockSeconds);
if (delivery === null) throw new Error('There is no message.');
await runJob(worker, delivery.message);
await delivery.complete();
await worker.settle();
await home.close();
process.stdout.write('done\n');
