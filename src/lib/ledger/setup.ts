import type { Connection } from '../database/connection.ts';
import { SqlError } from '../database/databaseError.ts';
import { type SetupOptions, type SetupStep, setupSteps } from './setupSteps.ts';

/** A step that the server refused. Nothing of the setup was kept. */
export class SetupError extends Error {
  readonly step: SetupStep;
  constructor(step: SetupStep, cause: SqlError) {
    const hint = cause.fields.hint === null ? '' : ` ${cause.fields.hint}`;
    super(`${step.what}: ${cause.message}.${hint} Nothing was changed.`, { cause });
    this.name = 'SetupError';
    this.step = step;
  }
}

/**
 * Creates or completes roles, schema and rights in the database of an admin's connection: all of it or nothing.
 * Safe to repeat, and to run from two places at once.
 *
 * @param onStep told before each step is run
 * @throws {SetupError}
 */
export async function applySetup(
  connection: Connection,
  options: SetupOptions,
  onStep: (step: SetupStep) => void = () => {},
): Promise<void> {
  await connection.script('BEGIN');
  for (const step of setupSteps(options)) {
    onStep(step);
    try {
      await connection.script(step.sql);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      await connection.script('ROLLBACK');
      throw new SetupError(step, error);
    }
  }
  await connection.script('COMMIT');
}
