import catalog from 'nightshift:catalog';
import { createDatabase, type Database } from './database/connection.ts';
import type { DatabaseTarget } from './database/databaseUrl.ts';
import { createIdentity } from './database/identity.ts';
import { databaseScope } from './database/scope.ts';
import { longestUnder } from './jobs/hostTimeout.ts';
import type { Log } from './log.ts';
import { createQueueSender } from './messages/queueSender.ts';
import type { ReceivedMessage } from './messages/receivedMessage.ts';
import { connectStorage } from './messages/storage.ts';
import { runQuery } from './queries/runQuery.ts';
import { receiveDeadLetter } from './runs/receiveDeadLetter.ts';
import { runJob } from './runs/runJob.ts';
import type { Worker } from './runs/worker.ts';
import { createPauses } from './schedule/pauses.ts';
import { tick } from './schedule/tick.ts';
import { type Environment, parseSettings, QUEUE_DEFAULTS, SettingsError } from './settings.ts';

/** What the functions hand over to. */
export interface App {
  tick(log: Log): Promise<void>;
  runJob(message: ReceivedMessage, log: Log): Promise<void>;
  runQuery(message: ReceivedMessage, log: Log): Promise<void>;
  receiveDeadLetter(message: ReceivedMessage, log: Log): Promise<void>;
  /**
   * Cancels running SQL and hands its runs back, waits for what is still under way, closes every connection. The
   * platform gives it five seconds (azure-functions-nodejs-worker, WorkerTerminate).
   */
  stop(): Promise<void>;
}

/**
 * What the triggers listen to, from the raw environment: functions are registered before the settings are checked,
 * because the host reports an error that comes earlier as "no functions found".
 */
export const triggers = {
  jobsQueue: process.env['JOBS_QUEUE'] || QUEUE_DEFAULTS.JOBS_QUEUE,
  queriesQueue: process.env['QUERIES_QUEUE'] || QUEUE_DEFAULTS.QUERIES_QUEUE,
  /** NCRONTAB, UTC. The tick looks eleven minutes ahead, so it must come at least every five. */
  tick: process.env['TICK_SCHEDULE'] || '0 */5 * * * *',
};

/**
 * Wires the app from its environment. Opens nothing yet: the first run does.
 *
 * @throws {SettingsError} naming everything that is wrong
 */
export function createApp(environment: Environment = process.env): App {
  const settings = parseSettings(environment);
  checkTimeouts(environment);
  const identity = createIdentity(environment, settings.cloud);
  const scope = databaseScope(settings.cloud);
  const open = (target: DatabaseTarget, clientId: string | null, maxConnections: number): Database =>
    createDatabase(target, { tokens: identity.tokens(clientId, scope), maxConnections });

  const databases = new Map<string, Database>();
  for (const [name, target] of settings.databases) {
    databases.set(name, open(target, settings.clientId, RUN_CONNECTIONS));
  }
  const home = databases.get('main');
  if (home === undefined) throw new Error('DATABASE_URL was checked and is gone.');
  const queryDatabase = settings.queryDatabase
    ? open(settings.queryDatabase, settings.queryClientId ?? settings.clientId, QUERY_CONNECTIONS)
    : null;

  const sender = createQueueSender(connectStorage(settings.storage, identity), settings.messageEncoding);
  const pauses = createPauses(home, Date.now);
  const stopping = new AbortController();
  const underway = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underway.add(work);
    const forget = () => underway.delete(work);
    work.then(forget, forget);
    return work;
  };
  const workerFor = (log: Log): Worker => ({
    catalog,
    databases,
    home,
    queryDatabase,
    queues: settings.queues,
    sender,
    pauses,
    eventSource: settings.eventSource,
    maxDeferralMs: settings.maxDeferralMs,
    retention: settings.retention,
    sweepAfter: settings.sweepAfter,
    log,
    now: Date.now,
    random: Math.random,
    stopping: stopping.signal,
    background(work) {
      track(work.catch((error: Error) => log.warn(`Left for the next tick: ${error.message}`)));
    },
  });

  return {
    tick: (log) => track(tick(workerFor(log))),
    runJob: (message, log) => track(runJob(workerFor(log), message)),
    runQuery: (message, log) => track(runQuery(workerFor(log), message)),
    receiveDeadLetter: (message, log) => track(receiveDeadLetter(workerFor(log), message)),
    async stop() {
      stopping.abort();
      // What comes to an end may leave something in the background.
      while (underway.size > 0) await Promise.allSettled(underway);
      await Promise.all([...databases.values(), queryDatabase].map((database) => database?.close()));
    },
  };
}

/** host.json was checked by the build; the host takes this setting instead of it. */
function checkTimeouts(environment: Environment): void {
  const setting = 'AzureFunctionsJobHost__functionTimeout';
  const longest = longestUnder(environment[setting] ?? '-1');
  const problems = catalog.jobs
    .filter(({ timeoutMs }) => timeoutMs > longest)
    .map(({ name, timeoutMs }) => ({
      setting,
      message: `leaves jobs at most ${longest / 1000} s, a minute less than itself, and ${name} has a timeout of ${timeoutMs / 1000} s. Raise it, or shorten the job's timeout`,
    }));
  if (problems.length > 0) throw new SettingsError(problems);
}

/** host.json runs four messages of a queue at once; one more connection for the tick and what follows a run. */
const RUN_CONNECTIONS = 5;
const QUERY_CONNECTIONS = 4;
