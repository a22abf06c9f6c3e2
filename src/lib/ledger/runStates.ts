import type { Connection } from '../database/connection.ts';
import type { RunOutcome } from '../messages/event.ts';

export interface RunState {
  readonly state: 'waiting' | 'running' | RunOutcome;
  readonly started: boolean;
}

/** By run id, of the connection's database; what is not there has not been received. */
export async function runStates(
  connection: Connection,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, RunState>> {
  const rows = await connection.query(
    'SELECT run_id, state, started FROM nightshift.run_states(ARRAY(SELECT jsonb_array_elements_text($1)))',
    [JSON.stringify(runIds)],
  );
  return new Map(
    rows.map((row) => [
      row['run_id'] ?? '',
      // The column's CHECK allows no others.
      { state: row['state'] as RunState['state'], started: row['started'] === 't' },
    ]),
  );
}
