import type { Connection } from '../database/connection.ts';
import { DatabaseError } from '../database/databaseError.ts';
import { expandDatabases } from '../jobs/databases.ts';
import type { Job } from '../jobs/job.ts';
import {
  type Alarm,
  type AlarmKey,
  clearAlarm,
  listAlarms,
  markAlarmPublished,
  raiseAlarm,
} from '../ledger/alarms.ts';
import { lastSuccesses, plannedSince } from '../ledger/lastSuccesses.ts';
import { openOccurrences, settleOccurrences } from '../ledger/occurrences.ts';
import { runStates } from '../ledger/runStates.ts';
import { checkSchemaVersion } from '../ledger/schemaVersion.ts';
import type { PlannedOccurrence } from '../ledger/tick.ts';
import { tell } from '../runs/tell.ts';
import type { Worker } from '../runs/worker.ts';
import { alarmEvent } from './alarmEvent.ts';
import { expectedSuccessSince } from './expectedSuccess.ts';
import { parsedSchedules } from './parsedSchedules.ts';

/** Something that should have happened by now. */
type Absence = Omit<Alarm, 'raisedAt'>;

/** Occurrences looked at in one tick. */
const LIMIT = 5000;

/**
 * What did not happen, told once when it is seen and once when it is over: occurrences that have not started in time,
 * jobs whose last success is too old, databases that cannot be asked.
 */
export async function watchForAbsence(worker: Worker): Promise<void> {
  const nowMs = worker.now();
  const [open, since, standing] = await worker.home.withConnection(async (connection) => [
    await openOccurrences(connection, nowMs, LIMIT),
    await plannedSince(connection),
    await listAlarms(connection),
  ]);
  const absences: Absence[] = [];
  const settled: string[] = [];
  for (const name of worker.databases.keys()) {
    const jobs = await watchedJobs(worker, name);
    const mine = open.filter(({ database }) => database === name);
    if (jobs.length === 0 && mine.length === 0) continue;
    try {
      const found = await lookInto(worker, name, jobs, mine, since, nowMs);
      absences.push(...found.absences);
      settled.push(...found.settled);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      absences.push(...jobs.map((job) => unknown(job, name, error)));
    }
  }
  await worker.home.withConnection(async (connection) => {
    await settleOccurrences(connection, settled);
    await tellChanges(worker, connection, absences, standing);
  });
}

/** The jobs that are expected to run in a database: those with a schedule that nobody has paused. */
async function watchedJobs(worker: Worker, database: string): Promise<Job[]> {
  const configured = [...worker.databases.keys()];
  const watched: Job[] = [];
  for (const job of worker.catalog.jobs) {
    if (job.schedules.length === 0 && job.after.length === 0) continue;
    if (!expandDatabases(job.databases, configured).includes(database)) continue;
    if ((await worker.pauses.of(job.name)) === null) watched.push(job);
  }
  return watched;
}

async function lookInto(
  worker: Worker,
  name: string,
  jobs: readonly Job[],
  open: readonly PlannedOccurrence[],
  since: ReadonlyMap<string, number>,
  nowMs: number,
): Promise<{ absences: Absence[]; settled: string[] }> {
  const database = worker.databases.get(name);
  if (database === undefined) return { absences: [], settled: [] };
  const [states, successes] = await database.withConnection(async (connection) => {
    await checkSchemaVersion(database, connection);
    return [
      await runStates(
        connection,
        open.map(({ runId }) => runId),
      ),
      await lastSuccesses(
        connection,
        jobs.map((job) => job.name),
      ),
    ] as const;
  });
  const isSettled = ({ runId }: PlannedOccurrence) => {
    const run = states.get(runId);
    return run !== undefined && (run.started || (run.state !== 'waiting' && run.state !== 'running'));
  };
  const watched = new Map(jobs.map((job) => [job.name, job]));
  const late = open.filter((occurrence) => {
    const job = watched.get(occurrence.job);
    return job !== undefined && !isSettled(occurrence) && nowMs - occurrence.scheduledFor > job.startWithinMs;
  });
  return {
    settled: open.filter(isSettled).map(({ runId }) => runId),
    absences: [
      ...late.map((occurrence) => notStarted(occurrence)),
      ...jobs.flatMap((job) => {
        const scheduled = parsedSchedules(worker.catalog).get(job.name);
        const from = expectedSuccessSince(job, scheduled, since.get(job.name) ?? nowMs, nowMs);
        const last = successes.get(job.name) ?? null;
        return from === null || (last !== null && last >= from) ? [] : [noSuccess(job, name, last)];
      }),
    ],
  };
}

function notStarted({ job, database, scheduledFor }: PlannedOccurrence): Absence {
  const at = new Date(scheduledFor).toISOString();
  const reason = `The occurrence of ${at} was enqueued and has not started. Look at the jobs queue and its poison queue, and whether the app runs.`;
  return { job, database, kind: 'not started', scheduledFor: at, reason };
}

function noSuccess(job: Job, database: string, lastMs: number | null): Absence {
  const last =
    lastMs === null ? 'has never succeeded' : `last succeeded at ${new Date(lastMs).toISOString()}`;
  return {
    job: job.name,
    database,
    kind: 'no success',
    scheduledFor: null,
    reason: `${job.name} ${last}. Look at its runs: npx nightshift runs --job ${job.name}`,
  };
}

function unknown(job: Job, database: string, error: DatabaseError): Absence {
  const reason = `Whether ${job.name} runs is unknown: database ${database} cannot be asked. ${error.message}`;
  return { job: job.name, database, kind: 'unknown', scheduledFor: null, reason };
}

async function tellChanges(
  worker: Worker,
  home: Connection,
  absences: readonly Absence[],
  standing: readonly Alarm[],
): Promise<void> {
  const keyOf = ({ job, database, kind }: AlarmKey) => `${job}/${database}/${kind}`;
  const absent = new Map(absences.toReversed().map((absence) => [keyOf(absence), absence]));
  for (const absence of absent.values()) {
    const raisedAt = new Date(worker.now()).toISOString();
    const event = await raiseAlarm(home, absence, absenceEvent(worker, 'overdue', absence, raisedAt));
    if (event === null) continue;
    await tell(worker, event);
    await markAlarmPublished(home, absence);
    worker.log.error(absence.reason);
  }
  for (const alarm of standing) {
    if (absent.has(keyOf(alarm)) || (alarm.kind !== 'unknown' && isUnknown(absent, alarm))) continue;
    await tell(worker, absenceEvent(worker, 'recovered', alarm, alarm.raisedAt));
    await clearAlarm(home, alarm);
  }
}

/** What stood before its database went away stands until that can be asked again. */
function isUnknown(absent: ReadonlyMap<string, Absence>, { job, database }: Alarm): boolean {
  return absent.has(`${job}/${database}/unknown`);
}

/** @param raisedAt ISO 8601; what tells one alarm of a kind from the next */
function absenceEvent(
  worker: Worker,
  alarm: 'overdue' | 'recovered',
  { job, database, kind, scheduledFor, reason }: Absence,
  raisedAt: string,
): Uint8Array {
  const told = alarm === 'overdue' ? reason : `It is over: ${reason}`;
  const data = { job, database, scheduledFor, reason: told };
  return alarmEvent(worker, alarm, `alarm:${job}/${database}/${kind}@${raisedAt}`, data);
}
