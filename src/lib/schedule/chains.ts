import { DatabaseError } from '../database/databaseError.ts';
import { expandDatabases } from '../jobs/databases.ts';
import type { Job } from '../jobs/job.ts';
import { addOccurrences, chainCandidates } from '../ledger/occurrences.ts';
import { type RunState, runStates } from '../ledger/runStates.ts';
import { encodeJobMessage } from '../messages/jobMessage.ts';
import { isOccurrenceRun, occurrenceRunId } from '../messages/runId.ts';
import type { RunRequest } from '../runs/request.ts';
import { tellRun } from '../runs/tellRun.ts';
import type { Worker } from '../runs/worker.ts';
import { type ParentRun, verdictOf } from './chainVerdict.ts';
import { type Occurrence, occurrenceMessage } from './occurrenceMessage.ts';
import { recordUnstarted } from './recordUnstarted.ts';

/** What the sweep looks back over: a parent that is retried for longer than that has lost its children. */
const LOOK_BACK_MS = 48 * 60 * 60_000;
const LIMIT = 500;

/** After an occurrence's outcome: the jobs that wait for it may be due now. The tick's sweep finds what this misses. */
export async function followChain(worker: Worker, request: RunRequest): Promise<void> {
  // A child that is skipped is an outcome too, and its own children's turn.
  const ended = [request];
  for (let next = ended.pop(); next !== undefined; next = ended.pop()) {
    const { job, runId, scheduledFor } = next;
    if (!isOccurrenceRun(runId) || scheduledFor === null) continue;
    for (const child of worker.catalog.jobs.filter(({ after }) => after.includes(job.name))) {
      ended.push(...(await settleChild(worker, child, Date.parse(scheduledFor))));
    }
  }
}

/** Chains that a crash, or a database that was away, left undecided. */
export async function sweepChains(worker: Worker): Promise<void> {
  for (const child of worker.catalog.jobs.filter(({ after }) => after.length > 0)) {
    const candidates = await worker.home.withConnection((connection) =>
      chainCandidates(connection, child.name, child.after, worker.now() - LOOK_BACK_MS, LIMIT),
    );
    for (const scheduledFor of candidates) {
      for (const skipped of await settleChild(worker, child, scheduledFor))
        await followChain(worker, skipped);
    }
  }
}

/**
 * Runs a child, or skips it, once all its parents have ended for the same occurrence.
 *
 * @returns the runs that it skipped
 */
async function settleChild(worker: Worker, child: Job, scheduledFor: number): Promise<RunRequest[]> {
  const skipped: RunRequest[] = [];
  try {
    const verdict = verdictOf(await parentRuns(worker, child, scheduledFor));
    if (verdict.kind === 'wait') return skipped;
    const databases = expandDatabases(child.databases, [...worker.databases.keys()]);
    const occurrences = databases.map((database) => ({ job: child.name, database, scheduledFor }));
    for (const occurrence of occurrences) {
      if (verdict.kind === 'skip') skipped.push(...(await skipChild(worker, occurrence, verdict.reason)));
      else await sendChild(worker, occurrence);
    }
    const planned = occurrences.map((occurrence) => ({
      ...occurrence,
      runId: occurrenceRunId(occurrence.job, scheduledFor, occurrence.database),
    }));
    await worker.home.withConnection((connection) => addOccurrences(connection, planned));
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    worker.log.warn(`${child.name} waits for the next tick to be decided: ${error.message}`);
  }
  return skipped;
}

/** Every run of every parent for the occurrence, in the parent's own databases. */
async function parentRuns(worker: Worker, child: Job, scheduledFor: number): Promise<ParentRun[]> {
  const configured = [...worker.databases.keys()];
  const wanted = worker.catalog.jobs
    .filter(({ name }) => child.after.includes(name))
    .flatMap((parent) =>
      expandDatabases(parent.databases, configured).map((database) => ({
        job: parent.name,
        database,
        runId: occurrenceRunId(parent.name, scheduledFor, database),
      })),
    );
  const found = new Map<string, RunState>();
  for (const [name, runs] of Map.groupBy(wanted, ({ database }) => database)) {
    const states = await worker.databases.get(name)?.withConnection((connection) =>
      runStates(
        connection,
        runs.map(({ runId }) => runId),
      ),
    );
    for (const [runId, state] of states ?? []) found.set(runId, state);
  }
  return wanted.map(({ job, database, runId }) => ({
    job,
    database,
    state: found.get(runId)?.state ?? null,
  }));
}

async function sendChild(worker: Worker, occurrence: Occurrence): Promise<void> {
  const message = occurrenceMessage(occurrence, worker.catalog.hash);
  await worker.sender.send(worker.queues.jobs, encodeJobMessage(message));
}

async function skipChild(worker: Worker, occurrence: Occurrence, reason: string): Promise<RunRequest[]> {
  const skipped = await recordUnstarted(worker, occurrence, 'skipped', reason, worker.now());
  if (skipped === null || skipped.standing === null) return [];
  await tellRun(worker, skipped.request, skipped.standing);
  return [skipped.request];
}
