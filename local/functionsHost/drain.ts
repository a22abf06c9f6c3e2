import type { Listener } from './listener.ts';

/**
 * Stops listeners and waits for the invocations under way.
 *
 * @param limitMs how long to wait
 * @returns how many invocations were still running at the limit; 0 when all have finished
 */
export async function drain(listeners: readonly Listener[], limitMs: number): Promise<number> {
  for (const listener of listeners) listener.stop();
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, limitMs);
  await Promise.race([Promise.all(listeners.map((listener) => listener.drained())), limit.promise]);
  clearTimeout(timer);
  return listeners.reduce((sum, listener) => sum + listener.running(), 0);
}
