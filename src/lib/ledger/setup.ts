import { setTimeout } from 'node:timers/promises';
import type { Connection } from '../database/connection.ts';
import { SqlError } from '../database/databaseError.ts';
import { isTransient } from '../database/sqlState.ts';
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
 * @param onStep told before each step is run, once
 * @throws {SetupError}
 */
export async function applySetup(
  connection: Connection,
  options: SetupOptions,
  onStep: (step: SetupStep) => void = () => {},
): Promise<void> {
  let told = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await applyOnce(connection, setupSteps(options), (step, index) => {
        if (index < told) return;
        told = index + 1;
        onStep(step);
      });
    } catch (error) {
      if (!(error instanceof SetupError) || attempt === MOST_ATTEMPTS || !isRace(error.cause)) throw error;
      await setTimeout(50 * attempt * (1 + Math.random()));
    }
  }
}

/**
 * A lock holds back another setup of the same database, but roles are the server's, and no lock is: two setups in two
 * databases may change one role in the same moment, which fails one of them. Nothing of it is kept, so it is repeated.
 */
const MOST_ATTEMPTS = 8;

/** "tuple concurrently updated" is an internal error to PostgreSQL; two that grant the same thing collide on its key. */
const isRace = (cause: unknown): boolean =>
  cause instanceof SqlError && (isTransient(cause.sqlState) || cause.sqlState === '23505');

async function applyOnce(
  connection: Connection,
  steps: readonly SetupStep[],
  onStep: (step: SetupStep, index: number) => void,
): Promise<void> {
  await connection.script('BEGIN');
  for (const [index, step] of steps.entries()) {
    onStep(step, index);
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
