import { randomBytes } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { QueueServiceClient } from '@azure/storage-queue';
import { inject } from 'vitest';
import { type HostProcess, startHostProcess } from '../../local/functionsHost/hostProcess.ts';
import type { TestDatabase } from './database.ts';
import { runProgram } from './program.ts';
import { takeMessages } from './queues.ts';

/** The app as `npm run build` makes it, with jobs of a test's own, in a directory as it would be deployed. */
export async function buildApp(
  jobs: Readonly<Record<string, string>>,
): Promise<{ directory: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift app '));
  for (const [name, sql] of Object.entries(jobs)) {
    const file = join(directory, 'jobs', `${name}.sql`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, sql);
  }
  await cp('host.json', join(directory, 'host.json'));
  await writeFile(
    join(directory, 'package.json'),
    JSON.stringify({ type: 'module', main: 'dist/functions.js' }),
  );
  const built = await runProgram('build.ts', ['--project', directory, '--out', join(directory, 'dist')]);
  if (built.code !== 0) throw new Error(built.stdout + built.stderr);
  return { directory, remove: () => rm(directory, { recursive: true }) };
}

export interface RunningApp {
  readonly host: HostProcess;
  readonly lines: string[];
  readonly queues: { readonly jobs: string; readonly queries: string; readonly results: string };
  readonly service: QueueServiceClient;
  /** Puts a body on a queue as it is, base64 or not. */
  send(queue: string, text: string): Promise<string>;
  /** Takes results until `count` have come. */
  results(count: number): Promise<Awaited<ReturnType<typeof takeMessages>>>;
  stop(): Promise<void>;
}

/** What an app needs to know to run on the shared parts, with a database and queues of its own. */
export function appSettings(database: TestDatabase, queues: RunningApp['queues']): Record<string, string> {
  const parts = inject('parts');
  return {
    ...parts.identity.appService,
    DATABASE_URL: database.url,
    JobsStorage: parts.storage,
    AzureWebJobsStorage: parts.storage,
    JOBS_QUEUE: queues.jobs,
    QUERIES_QUEUE: queues.queries,
    RESULTS_QUEUE: queues.results,
  };
}

/** Runs a built app in the local functions host, on queues of its own. */
export async function startApp(
  directory: string,
  database: TestDatabase,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningApp> {
  const parts = inject('parts');
  const service = QueueServiceClient.fromConnectionString(parts.storage);
  const prefix = `app-${randomBytes(6).toString('hex')}`;
  const queues = { jobs: `${prefix}-jobs`, queries: `${prefix}-queries`, results: `${prefix}-results` };
  for (const queue of Object.values(queues)) await service.createQueue(queue);
  const lines: string[] = [];
  const host = await startHostProcess({
    appDirectory: directory,
    env: { ...appSettings(database, queues), ...env },
    onLine: (line) => lines.push(line),
  });
  return {
    host,
    lines,
    queues,
    service,
    async send(queue, text) {
      return (await service.getQueueClient(queue).sendMessage(text)).messageId;
    },
    async results(count) {
      const taken: Awaited<ReturnType<typeof takeMessages>> = [];
      const until = Date.now() + 25_000;
      while (taken.length < count) {
        if (Date.now() > until)
          throw new Error(`Only ${taken.length} of ${count} results came.\n${lines.join('\n')}`);
        taken.push(...(await takeMessages(service, queues.results)));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return taken;
    },
    async stop() {
      await host.stop();
      for (const queue of Object.values(queues)) await service.deleteQueue(queue);
    },
  };
}
