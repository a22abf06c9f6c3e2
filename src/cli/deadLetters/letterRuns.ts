import type { Connection } from '../../lib/database/connection.ts';
import { type RunState, runStates } from '../../lib/ledger/runStates.ts';
import { redriveRunId } from '../../lib/messages/runId.ts';
import type { Connections } from '../connections.ts';
import type { LetterRuns } from './redriveStep.ts';

/** How far beyond the redrives that a letter knows of others are looked for: of letters of the same run. */
const REACH = 100;

/**
 * Asks the ledger of each database that a run may be in.
 *
 * @param home the connection to `main` that the command has already: there is no second one
 * @throws DatabaseError where one cannot be asked
 */
export async function letterRuns(
  connections: Connections,
  home: Connection,
  run: { readonly first: string; readonly redrives: number; readonly databases: readonly string[] },
): Promise<LetterRuns> {
  const count = run.redrives + REACH;
  const redrives = Array.from({ length: count }, (_, i) => redriveRunId(run.first, i + 1));
  const found = new Map<string, RunState>();
  for (const database of run.databases) {
    const ask = (connection: Connection) => runStates(connection, [run.first, ...redrives]);
    const states = database === 'main' ? await ask(home) : await connections.ledger(database, ask);
    for (const [runId, state] of states) {
      const known = found.get(runId);
      if (known === undefined || weight(state) > weight(known)) found.set(runId, state);
    }
  }
  return {
    first: found.get(run.first) ?? null,
    redrives: redrives.map((runId) => found.get(runId) ?? null),
  };
}

/** Of a run in several databases, what keeps it from being sent again counts. */
function weight({ state }: RunState): number {
  if (state === 'succeeded') return 2;
  return state === 'waiting' || state === 'running' ? 1 : 0;
}
