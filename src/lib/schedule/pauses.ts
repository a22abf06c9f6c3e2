import type { Database } from '../database/connection.ts';
import { DatabaseError } from '../database/databaseError.ts';
import { listPauses, type Pause } from '../ledger/pauses.ts';

/** Which jobs are paused, as the home database says it. */
export interface Pauses {
  /** The pause that holds a job, its own before that of all; null where there is none. */
  of(job: string): Promise<Pause | null>;
}

/** Long enough that a burst of runs asks once, short enough that a pause is felt at once. */
const FRESH_MS = 1000;

/**
 * Asks the home database. While that is away the last known answer stands: a pause is a convenience, and must not stop
 * the runs of other databases.
 */
export function createPauses(home: Database, now: () => number): Pauses {
  let known: readonly Pause[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    try {
      known = await home.withConnection(listPauses);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
    }
    askedAt = now();
  }

  return {
    async of(job) {
      if (now() - askedAt > FRESH_MS) {
        asking ??= ask().finally(() => {
          asking = null;
        });
        await asking;
      }
      return known.find((pause) => pause.job === job) ?? known.find((pause) => pause.job === '*') ?? null;
    },
  };
}
