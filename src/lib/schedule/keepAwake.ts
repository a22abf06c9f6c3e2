import type { Connection } from '../database/connection.ts';

/** A third of the time after which the server ends a session that does nothing (database/session.ts). */
const EVERY_MS = 20_000;

/**
 * Asks the server for nothing now and then while `work`, which must not use the connection, goes on elsewhere: a
 * session that holds a lock meanwhile would be ended as a frozen worker's.
 *
 * @throws DatabaseError `lost` after the work, when the session has ended all the same
 */
export async function keepAwake(
  connection: Connection,
  work: () => Promise<void>,
  everyMs: number = EVERY_MS,
): Promise<void> {
  let asking: Promise<unknown> = Promise.resolve();
  let failure: unknown = null;
  const timer = setInterval(() => {
    asking = asking
      .then(() => (failure === null ? connection.query('SELECT 1') : null))
      .catch((error) => {
        failure = error;
      });
  }, everyMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
    await asking;
  }
  if (failure !== null) throw failure;
}
