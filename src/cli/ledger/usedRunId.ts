import { z } from 'zod';
import type { JobMessage } from '../../lib/messages/jobMessage.ts';
import { CliError } from '../cliError.ts';
import type { Connections } from '../connections.ts';
import { EXIT } from '../exitCodes.ts';
import { listRuns } from './listRuns.ts';

/**
 * The app rejects a run id that stands for another job or other values, and the ledger goes on showing the first run
 * under it: whoever waits by the id would take the other run's outcome for its own.
 *
 * @param values the parameters as the app will understand them; those that were not given may differ
 * @throws CliError if the id was used for something else
 */
export async function refuseUsedRunId(
  connections: Connections,
  database: string,
  message: JobMessage,
  values: Readonly<Record<string, string | null>>,
): Promise<void> {
  const runId = `user:${message.runId}`;
  const [row] = await connections.ledger(database, (connection) => listRuns(connection, { runId, limit: 1 }));
  if (row === undefined) return;
  const used = z.record(z.string(), z.string().nullable()).safeParse(row.parameters).data ?? {};
  const differs = Object.keys(message.parameters ?? {}).find((name) => used[name] !== values[name]);
  if (row.job === message.job && differs === undefined) return;
  const what = row.job === message.job ? `with another value of ${differs}` : `for job ${row.job}`;
  throw new CliError(
    EXIT.usage,
    `Run ${runId} was asked for before, ${what}. Choose another --run-id, or leave it out.`,
  );
}
