import { performance } from 'node:perf_hooks';
import type { Connection } from '../database/connection.ts';
import { DatabaseError } from '../database/databaseError.ts';
import { plan, type ScheduledJob, scheduledJobs } from '../jobs/due.ts';
import type { Catalog, Job } from '../jobs/job.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import { beginTick, endTick, type PlannedOccurrence, type Watermark } from '../ledger/tick.ts';
import { encodeJobMessage } from '../messages/jobMessage.ts';
import { occurrenceRunId } from '../messages/runId.ts';
import type { Worker } from '../runs/worker.ts';
import { catchUp } from './catchUp.ts';
import { occurrenceMessage } from './occurrenceMessage.ts';
import { recordMissed } from './recordMissed.ts';
import { sweep } from './sweep.ts';

/** Two ticks and a minute: a tick that is late, or lost, delays nothing. */
const LOOK_AHEAD_MS = 11 * 60_000;
/** An occurrence that is older than this was missed while nothing ran. */
const GRACE_MS = 60_000;
/** For one job in one tick; a job that runs every second has 660 in the look-ahead. */
const MOST_PER_JOB = 1000;

/** Enqueues what is due, each message hidden until its time, and picks up what crashes left. */
export async function tick(worker: Worker): Promise<void> {
  await worker.home.withConnection(async (connection) => {
    await checkSchemaVersion(worker.home, connection);
    await planOccurrences(worker, connection);
  });
  await sweep(worker);
}

async function planOccurrences(worker: Worker, connection: Connection): Promise<void> {
  const tick = await beginTick(connection);
  if (tick === null) return worker.log.info('Another tick is at work.');
  const startedAt = performance.now();
  const now = () => tick.now + (performance.now() - startedAt);

  const jobs = new Map(worker.catalog.jobs.map((job) => [job.name, job]));
  const watermarks = tick.watermarks.filter(
    ({ job, definition }) => definition === definitionOf(jobs.get(job)),
  );
  const planned: PlannedOccurrence[] = [];
  const next: Watermark[] = [];
  const plans = plan(parsedJobs(worker.catalog), new Map(watermarks.map((w) => [w.job, w.plannedUntil])), {
    now: tick.now,
    lookAheadMs: LOOK_AHEAD_MS,
    graceMs: GRACE_MS,
    mostPerJob: MOST_PER_JOB,
  });
  for (const jobPlan of plans) {
    const job = jobs.get(jobPlan.job);
    if (job === undefined) continue;
    if (jobPlan.clampedFrom !== null) {
      const until = new Date(jobPlan.clampedFrom).toISOString();
      worker.log.warn(
        `${job.name} was planned until ${until}: the clock has jumped back. It is planned again from now.`,
      );
    }
    const decided = catchUp(jobPlan.occurrences);
    if (!(await tellMissed(worker, job, decided.missed, now()))) {
      next.push(...watermarks.filter((watermark) => watermark.job === job.name));
      continue;
    }
    for (const scheduledFor of decided.run) {
      const runId = occurrenceRunId(job.name, scheduledFor, job.database);
      const delaySeconds = Math.max(0, Math.floor((scheduledFor - now()) / 1000));
      const message = occurrenceMessage(job, runId, scheduledFor, worker.catalog.hash);
      await worker.sender.send(worker.queues.jobs, encodeJobMessage(message), { delaySeconds });
      planned.push({ runId, job: job.name, database: job.database, scheduledFor });
    }
    next.push({ job: job.name, definition: definitionOf(job), plannedUntil: jobPlan.watermark });
  }
  await endTick(connection, next, planned);
  if (planned.length > 0) worker.log.info(`Enqueued ${planned.length} occurrences.`);
}

/** False: the job's database is away. The job keeps its watermark, and catch-up decides again once it is back. */
async function tellMissed(
  worker: Worker,
  job: Job,
  missed: readonly number[],
  nowMs: number,
): Promise<boolean> {
  try {
    for (const scheduledFor of missed) await recordMissed(worker, job, scheduledFor, nowMs);
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    worker.log.warn(`${job.name} is not planned now: ${error.message}`);
    return false;
  }
}

/** What makes a plan void when it changes. */
function definitionOf(job: Job | undefined): string {
  return job === undefined ? '' : JSON.stringify([job.schedules, job.timeZone]);
}

const parsed = new WeakMap<Catalog, readonly ScheduledJob[]>();

function parsedJobs(catalog: Catalog): readonly ScheduledJob[] {
  const known = parsed.get(catalog);
  if (known) return known;
  const jobs = scheduledJobs(catalog.jobs);
  parsed.set(catalog, jobs);
  return jobs;
}
