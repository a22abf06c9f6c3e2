import type { Job } from '../../src/lib/jobs/job.ts';
import type { Worker } from '../../src/lib/runs/worker.ts';
import { createPauses } from '../../src/lib/schedule/pauses.ts';

export interface HandWorker extends Worker {
  readonly logged: string[];
  /** Waits for what the handlers left in the background. */
  settle(): Promise<void>;
}

type Given = Pick<Worker, 'home' | 'queues' | 'sender'> & { readonly jobs: readonly Job[] };

/** A worker made of parts and jobs given by hand, without an app. `now` is a mock of the clock where a test needs one. */
export function handWorker(
  { home, queues, sender, jobs }: Given,
  more: Partial<
    Pick<Worker, 'now' | 'random' | 'stopping' | 'maxDeferralMs' | 'retention' | 'sweepAfter'>
  > = {},
): HandWorker {
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  const background = new Set<Promise<unknown>>();
  return {
    catalog: { hash: 'test-catalog', jobs },
    databases: new Map([['main', home]]),
    home,
    queryDatabase: null,
    queues,
    pauses: createPauses(home, Date.now),
    sender,
    eventSource: '/nightshift/test',
    maxDeferralMs: 24 * 3_600_000,
    retention: { days: 90, runs: 200_000 },
    sweepAfter: { unpublishedSeconds: 120, lostSeconds: 900 },
    log: { info: log, warn: log, error: log },
    now: Date.now,
    random: Math.random,
    stopping: new AbortController().signal,
    background(work) {
      const tracked = work.finally(() => background.delete(tracked));
      background.add(tracked);
    },
    ...more,
    logged,
    settle: async () => void (await Promise.all(background)),
  };
}
