import { setTimeout as sleep } from 'node:timers/promises';
import type { Answers } from './answers.ts';
import type { Environment } from './environment.ts';
import { feed, type Sent } from './feed.ts';
import type { StruckFault } from './figures.ts';
import type { Fleet } from './fleet.ts';
import type { Options } from './options.ts';
import { type PlannedFault, planFaults } from './plan/faults.ts';
import type { Request } from './plan/request.ts';
import type { Random } from './random.ts';
import { strike } from './strike.ts';

export interface StormOptions {
  readonly options: Options;
  readonly environment: Environment;
  readonly fleet: Fleet;
  readonly answers: Answers;
  readonly requests: readonly Request[];
  readonly random: Random;
  /** Ends it before all is sent. */
  readonly stop: AbortSignal;
  /** Told of each fault once it is mended, with when it struck: milliseconds since the start of the run. */
  readonly onStruck: (fault: StruckFault) => void;
  readonly startedAt: number;
}

/** From so many messages on there is time for faults that last longer than the server's patience. */
const PATIENT_FROM = 2000;
const DEPTH_PER_WORKER = 80;

/** Sends all messages while faults strike; when it resolves, every fault is mended. */
export async function storm(storm: StormOptions): Promise<{ sent: Sent[]; struck: StruckFault[] }> {
  const { options, environment, answers, requests, random, stop } = storm;
  const struck: StruckFault[] = [];
  const over = new AbortController();
  const plans = planFaults(random.fork('faults'), {
    kinds: options.faults,
    lockSeconds: options.lockSeconds,
    patient: options.messages >= PATIENT_FROM,
  });
  const striking = Promise.all(plans.map((plan) => strikeAll(plan, storm, over.signal, struck)));
  // A fault that could not be mended: what is sent now would prove nothing.
  striking.catch(() => over.abort());
  const sent = await feed({
    queues: environment.queues,
    requests,
    answers,
    rate: options.rate,
    depth: options.workers * DEPTH_PER_WORKER,
    signal: AbortSignal.any([stop, over.signal, AbortSignal.timeout(options.minutes * 60_000)]),
    random: random.fork('feed'),
  });
  over.abort();
  await striking;
  return { sent, struck };
}

async function strikeAll(
  plan: Iterable<PlannedFault>,
  { options, environment, fleet, startedAt, onStruck }: StormOptions,
  over: AbortSignal,
  struck: StruckFault[],
): Promise<void> {
  for (const fault of plan) {
    await sleep(fault.afterMs, undefined, { signal: over }).catch(() => {});
    if (over.aborted) return;
    const atMs = Date.now() - startedAt;
    const what = await strike(fault, environment, fleet, options.workers);
    const done: StruckFault = { kind: fault.kind, atMs, endedMs: Date.now() - startedAt, what };
    struck.push(done);
    onStruck(done);
  }
}
