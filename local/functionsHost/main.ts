import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startFunctionsHost } from './host.ts';

/**
 * Exit codes: 0 stopped; 1 could not start, lost its parent, or the app crashed; 3 an invocation ran longer than
 * functionTimeout. Whoever started the host starts it again, if it should go on: Azure replaces its worker then.
 */
const WORKER_LOST = 3;

interface Arguments {
  readonly app: string;
  readonly lockSeconds?: number;
  readonly drainSeconds?: number;
}

function readArguments(): Arguments {
  const { values } = parseArgs({
    options: {
      app: { type: 'string' },
      'lock-seconds': { type: 'string' },
      'drain-seconds': { type: 'string' },
    },
  });
  if (values.app === undefined) throw new Error('Say which app to run: --app <directory>');
  const lock = values['lock-seconds'];
  const drain = values['drain-seconds'];
  return {
    app: resolve(values.app),
    ...(lock === undefined ? {} : { lockSeconds: readSeconds('--lock-seconds', lock, 1) }),
    ...(drain === undefined ? {} : { drainSeconds: readSeconds('--drain-seconds', drain, 0) }),
  };
}

function readSeconds(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`${option} must be a whole number of seconds, at least ${least}`);
}

try {
  const { app, ...options } = readArguments();
  // A parent that is killed can tell nobody, but its end of the channel closes.
  process.on('disconnect', () => process.exit(1));

  const host = await startFunctionsHost({
    appDirectory: app,
    ...options,
    log: (line) => console.log(line),
    onWorkerLost: () => process.exit(WORKER_LOST),
  });
  const stop = async () => {
    await host.stop();
    // The app may hold connections open, which would keep the process.
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  console.log(`Functions host ready: ${host.functions.join(', ')}`);
  process.send?.({ ready: true, functions: host.functions });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
