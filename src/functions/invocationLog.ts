import type { InvocationContext } from '@azure/functions';
import type { Log } from '../lib/log.ts';

/** The invocation's own log, so that the host files each line under its invocation. */
export function invocationLog(context: InvocationContext): Log {
  return {
    info: (message) => context.info(message),
    warn: (message) => context.warn(message),
    error: (message) => context.error(message),
  };
}
