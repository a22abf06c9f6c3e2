import type { Connection } from '../database/connection.ts';

/** How a piece of work on a connection ended when it had only so long. */
export type Timed<T> =
  | { readonly inTime: true; readonly value: T }
  | {
      readonly inTime: false;
      /** Its time was up, or the worker was asked to stop. */
      readonly because: 'timeout' | 'stop';
      /** Nothing runs: nothing was begun, or the server said that it cancelled it. Otherwise the session was ended. */
      readonly confirmed: boolean;
    };

/** A statement that does not heed its cancel (a loop in C code, a dead network) gets this long, then its session ends. */
const CANCEL_GRACE_MS = { timeout: 10_000, stop: 2_000 };

/**
 * Runs `work` on the connection; when the time is up, or the worker is to stop, the server is asked to cancel and its
 * answer is awaited.
 *
 * @throws what `work` throws, unless that is the answer to the cancel
 */
export async function withDeadline<T>(
  connection: Connection,
  timeoutMs: number,
  stopping: AbortSignal,
  work: () => Promise<T>,
): Promise<Timed<T>> {
  // A stop that came while the connection was opened tells no listener any more.
  if (stopping.aborted) return { inTime: false, because: 'stop', confirmed: true };
  let because: 'timeout' | 'stop' | null = null;
  let destroyed = false;
  let grace: NodeJS.Timeout | undefined;
  let cancelling: Promise<void> | undefined;
  const end = () => {
    destroyed = true;
    connection.destroy();
  };
  const cancel = (reason: 'timeout' | 'stop') => {
    if (because !== null) return;
    because = reason;
    grace = setTimeout(end, CANCEL_GRACE_MS[reason]);
    // A cancel that cannot be sent leaves only the other way.
    cancelling = connection.cancel().catch(end);
  };
  const timer = setTimeout(() => cancel('timeout'), timeoutMs);
  const stop = () => cancel('stop');
  stopping.addEventListener('abort', stop, { once: true });
  try {
    const value = await work();
    // Sent too late for the work, it would hit what runs next; once delivered, an idle session takes no notice of it.
    await cancelling;
    if (because === null || !destroyed) return { inTime: true, value };
    return { inTime: false, because, confirmed: false };
  } catch (error) {
    if (because === null) throw error;
    await cancelling;
    return { inTime: false, because, confirmed: !destroyed };
  } finally {
    stopping.removeEventListener('abort', stop);
    clearTimeout(timer);
    clearTimeout(grace);
  }
}
