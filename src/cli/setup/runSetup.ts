import type { Database } from '../../lib/database/connection.ts';
import { SqlError } from '../../lib/database/databaseError.ts';
import type { DatabaseTarget } from '../../lib/database/databaseUrl.ts';
import { applySetup, SetupError } from '../../lib/ledger/setup.ts';
import type { SetupStep } from '../../lib/ledger/setupSteps.ts';
import type { Output } from '../output/output.ts';
import { visibleLines } from '../output/visible.ts';
import { principalSteps } from './principals.ts';
import type { DatabasePlan } from './setupPlan.ts';

/**
 * Sets one database up and shows each statement as it is run.
 *
 * @param open opens a database as the admin; closed here
 * @throws SetupError, DatabaseError
 */
export async function runSetup(
  plan: DatabasePlan,
  open: (target: DatabaseTarget) => Database,
  output: Output,
): Promise<void> {
  const show = (step: SetupStep) => showStep(step, output);
  const forServer = principalSteps(plan.kind, plan.principals);
  if (forServer.length > 0) {
    await using(open(plan.adminOfServer), (database) =>
      database.withConnection(async (connection) => {
        for (const step of forServer) {
          show(step);
          await connection.script(step.sql).catch((error) => {
            throw error instanceof SqlError ? new SetupError(step, error) : error;
          });
        }
      }),
    );
  }
  await using(open(plan.admin), (database) =>
    database.withConnection((connection) => applySetup(connection, plan.options, show)),
  );
}

async function using<T>(database: Database, work: (database: Database) => Promise<T>): Promise<T> {
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** Whole migrations would bury the rest. */
const MOST_LINES = 8;

function showStep({ what, sql }: SetupStep, output: Output): void {
  const lines = visibleLines(sql).split('\n');
  const shown = lines.length <= MOST_LINES ? lines : [`(${lines.length} lines of SQL, which --print shows)`];
  output.say(visibleLines(what));
  for (const line of shown) output.say(output.talkColors.dim(`    ${line}`));
}
