import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../lib/inParallel.ts';
import { expandDatabases } from '../../lib/jobs/databases.ts';
import type { Job } from '../../lib/jobs/job.ts';
import { listPauses, type Pause } from '../../lib/ledger/pauses.ts';
import { withConnections } from '../connections.ts';
import type { Invocation } from '../invocation.ts';
import { pastDurations } from './pastDurations.ts';

/** What a plan needs to know beside the jobs; a plan can be made without any of it. */
export interface PlanFacts {
  /** Null where they are not known. */
  readonly pauses: readonly Pause[] | null;
  /** Milliseconds by job, by database. */
  readonly durations: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The databases of a job; its own names and patterns where none is configured. */
  databasesOf(job: Job): readonly string[];
}

export const NO_FACTS: PlanFacts = {
  pauses: null,
  durations: new Map(),
  databasesOf: ({ databases }) => databases,
};

const PATIENCE_MS = 10_000;
const AT_ONCE = 8;

/** Asks every database that is configured; what does not answer is told and left out. */
export async function planFacts(invocation: Invocation, jobs: readonly Job[]): Promise<PlanFacts> {
  const { output } = invocation;
  const { DATABASE_URL: url = '' } = await invocation.environment();
  if (url.trim() === '') {
    output.say(
      'No database is configured here (DATABASE_URL): what is paused, and what overlaps, is not known.',
    );
    return NO_FACTS;
  }
  const names = jobs.map(({ name }) => name);
  const durations = new Map<string, ReadonlyMap<string, number>>();
  let pauses: readonly Pause[] | null = null;
  return withConnections(
    invocation,
    async ({ settings, ledger }) => {
      const configured = [...settings.databases.keys()];
      const ask = (database: string) =>
        ledger(database, async (connection) => {
          durations.set(database, await pastDurations(connection, names));
          if (database === 'main') pauses = await listPauses(connection);
        });
      await inParallel(configured, AT_ONCE, async (database) => {
        const answer = await Promise.race([
          ask(database).catch(
            async (error: unknown) => (await import('../failure.ts')).explain(error).message,
          ),
          sleep(PATIENCE_MS, 'It does not answer.'),
        ]);
        if (answer !== undefined) output.say(`Database ${database} is left out of what is known. ${answer}`);
      });
      return { pauses, durations, databasesOf: (job) => expandDatabases(job.databases, configured) };
    },
    'withoutQueues',
  );
}
