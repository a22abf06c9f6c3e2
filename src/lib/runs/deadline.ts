import type { Connection } from '../database/connection.ts';

/** How a piece of work on a connection ended when it had only so long. */
export type Timed<T> =
  | { readonly inTime: true; readonly value: T }
  /** `confirmed`: the server said that it cancelled the statement; otherwise the session was ended. */
  | { readonly inTime: false; readonly confirmed: boolean };

/** A statement that does not heed its cancel (a loop in C code, a dead network) gets this long, then its session ends. */
const CANCEL_GRACE_MS = 10_000;

/**
 * Runs `work` on the connection; when the time is up, the server is asked to cancel and its answer is awaited.
 *
 * @throws what `work` throws, unless that is the answer to the cancel
 */
export async function withDeadline<T>(
  connection: Connection,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<Timed<T>> {
  let expired = false;
  let destroyed = false;
  let grace: NodeJS.Timeout | undefined;
  const end = () => {
    destroyed = true;
    connection.destroy();
  };
  const timer = setTimeout(() => {
    expired = true;
    grace = setTimeout(end, CANCEL_GRACE_MS);
    // A cancel that cannot be sent leaves only the other way.
    connection.cancel().catch(end);
  }, timeoutMs);
  try {
    return { inTime: true, value: await work() };
  } catch (error) {
    if (!expired) throw error;
    return { inTime: false, confirmed: !destroyed };
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
  }
}
