import { performance } from 'node:perf_hooks';
import type { Connection } from '../database/connection.ts';
import { inParallel } from '../inParallel.ts';
import { expandDatabases } from '../jobs/databases.ts';
import { type JobPlan, plan, type Upcoming, upcomingOf } from '../jobs/due.ts';
import type { Catalog, Job } from '../jobs/job.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { beginTick, endTick, type Watermark } from '../ledger/tick.ts';
import { encodeJobMessage } from '../messages/jobMessage.ts';
import { occurrenceRunId } from '../messages/runId.ts';
import type { Worker } from '../runs/worker.ts';
import { catchUp } from './catchUp.ts';
import { sweepChains } from './chains.ts';
import { beat } from './heartbeat.ts';
import { keepAwake } from './keepAwake.ts';
import { type Occurrence, occurrenceMessage } from './occurrenceMessage.ts';
import { parsedSchedules } from './parsedSchedules.ts';
import { sweep } from './sweep.ts';
import { tellMissed } from './tellMissed.ts';
import { watchForAbsence } from './watch.ts';

/** Two ticks and a minute: a tick that is late, or lost, delays nothing. */
const LOOK_AHEAD_MS = 11 * 60_000;
/** An occurrence that is older than this was missed while nothing ran. */
const GRACE_MS = 60_000;
/** For one job in one tick: a job of every second that stood still for a day. */
const MOST_PER_JOB = 100_000;
/** Messages that are sent at the same time. */
const SENDERS = 16;

/** From the last tick of this process: of jobs whose time has not come, the next one computes nothing. */
const upcoming = new WeakMap<Catalog, Upcoming>();

/**
 * Enqueues what is due, each message hidden until its time; then looks for chains that are due, for what crashes left,
 * and for what did not happen.
 */
export async function tick(worker: Worker): Promise<void> {
  await worker.home.withConnection(async (connection) => {
    await checkSchemaVersion(worker.home, connection);
    await planOccurrences(worker, connection);
  });
  await beat(worker);
  await sweepChains(worker);
  await sweep(worker);
  await watchForAbsence(worker);
}

async function planOccurrences(worker: Worker, connection: Connection): Promise<void> {
  const tick = await beginTick(connection);
  if (tick === null) return worker.log.info('Another tick is at work.');
  const startedAt = performance.now();
  const now = () => tick.now + (performance.now() - startedAt);

  const jobs = new Map(worker.catalog.jobs.map((job) => [job.name, job]));
  const watermarks = tick.watermarks
    .filter(({ job, definition }) => definition === definitionOf(jobs.get(job)))
    .map(({ job, plannedUntil }): [string, number] => [job, plannedUntil]);
  const plans = plan(
    [...parsedSchedules(worker.catalog).values()],
    new Map(watermarks),
    { now: tick.now, lookAheadMs: LOOK_AHEAD_MS, graceMs: GRACE_MS, mostPerJob: MOST_PER_JOB },
    upcoming.get(worker.catalog),
  );
  upcoming.set(worker.catalog, upcomingOf(plans));

  const planned: Occurrence[] = [];
  const missed: Occurrence[] = [];
  const next: Watermark[] = [];
  for (const jobPlan of plans) {
    const job = jobs.get(jobPlan.job);
    if (job === undefined) continue;
    warnOfClock(worker, jobPlan);
    const decided = catchUp(jobPlan.occurrences, job.catchUp, tick.now);
    for (const database of databasesOf(worker, job)) {
      const occurrence = (scheduledFor: number) => ({ job: job.name, database, scheduledFor });
      planned.push(...decided.run.map(occurrence));
      missed.push(...decided.missed.map(occurrence));
    }
    next.push({ job: job.name, definition: definitionOf(job), plannedUntil: jobPlan.watermark });
  }

  // What is due first is sent first, whichever job it is of.
  planned.sort((a, b) => a.scheduledFor - b.scheduledFor);
  await keepAwake(connection, async () => {
    await inParallel(planned, SENDERS, (occurrence) => {
      const delaySeconds = Math.max(0, Math.floor((occurrence.scheduledFor - now()) / 1000));
      const message = occurrenceMessage(occurrence, worker.catalog.hash);
      return worker.sender.send(worker.queues.jobs, encodeJobMessage(message), { delaySeconds });
    });
    await inParallel(missed, 2, (occurrence) => tellMissed(worker, occurrence, now()));
  });
  await endTick(
    connection,
    next,
    planned.map(({ job, database, scheduledFor }) => ({
      runId: occurrenceRunId(job, scheduledFor, database),
      job,
      database,
      scheduledFor,
    })),
  );
  if (planned.length + missed.length > 0) {
    worker.log.info(`Enqueued ${planned.length} occurrences, told ${missed.length} as missed.`);
  }
}

function databasesOf(worker: Worker, job: Job): string[] {
  const databases = expandDatabases(job.databases, [...worker.databases.keys()]);
  if (databases.length === 0) {
    worker.log.error(`${job.name} runs nowhere: no configured database is ${job.databases.join(' or ')}.`);
  }
  return databases;
}

function warnOfClock(worker: Worker, { job, clampedFrom }: JobPlan): void {
  if (clampedFrom === null) return;
  const until = new Date(clampedFrom).toISOString();
  worker.log.warn(
    `${job} was planned until ${until}: the clock has jumped back. It is planned again from now.`,
  );
}

/** What makes a plan void when it changes. */
function definitionOf(job: Job | undefined): string {
  return job === undefined ? '' : JSON.stringify([job.schedules, job.timeZone]);
}
