import { setTimeout as sleep } from 'node:timers/promises';
import { account } from './account/account.ts';
import type { Finding } from './account/finding.ts';
import { createAnswers } from './answers.ts';
import { readDatabase } from './database.ts';
import { startEnvironment } from './environment.ts';
import { feed } from './feed.ts';
import { type Figures, figuresOf, type StruckFault } from './figures.ts';
import { type LogLine, startFleet } from './fleet.ts';
import type { Options } from './options.ts';
import { planFaults } from './plan/faults.ts';
import { planRequests } from './plan/requests.ts';
import { randomFrom } from './random.ts';
import { settle, takeLeftMessages } from './settle.ts';
import { strike } from './strike.ts';

export interface Result {
  readonly findings: readonly Finding[];
  readonly figures: Figures;
  readonly log: readonly LogLine[];
}

/**
 * Runs the plan of a seed: sends messages while faults strike, then waits in calm until all has come to rest, and
 * makes the account.
 *
 * @param say told what happens, line by line
 */
export async function run(options: Options, say: (line: string) => void): Promise<Result> {
  const startedAt = Date.now();
  const random = randomFrom(options.seed);
  const requests = planRequests(random.fork('requests'), options.messages, `m${options.seed}`);
  const lossy = random.fork('queue service');
  const environment = await startEnvironment(() => lossy.chance(0.2));
  const answers = createAnswers(environment.queues);
  const over = new AbortController();
  const collecting = answers.collect(over.signal);
  try {
    const fleet = await startFleet({ ...options, environment, startedAt });
    try {
      say(`${options.workers} workers are at work; ${requests.length} requests follow.`);
      const fed = new AbortController();
      const timeUp = AbortSignal.timeout(options.minutes * 60_000);
      const struck: StruckFault[] = [];
      const faults = planFaults(random.fork('faults'), {
        kinds: options.faults,
        lockSeconds: options.lockSeconds,
        patient: options.messages >= PATIENT_FROM,
      });
      const striking = faults.map(async (plan) => {
        for (const fault of plan) {
          await sleep(fault.afterMs, undefined, { signal: fed.signal }).catch(() => {});
          if (fed.signal.aborted) return;
          const atMs = Date.now() - startedAt;
          const what = await strike(fault, environment, fleet, options.workers);
          struck.push({ kind: fault.kind, atMs, endedMs: Date.now() - startedAt, what });
          say(`${seconds(atMs)} ${fault.kind} ${what}`);
        }
      });
      const sent = await feed({
        queues: environment.queues,
        requests,
        answers,
        rate: options.rate,
        depth: options.workers * DEPTH_PER_WORKER,
        signal: timeUp,
        random: random.fork('feed'),
      });
      fed.abort();
      await Promise.all(striking);
      say(
        `${seconds(Date.now() - startedAt)} all is sent and mended; ${answers.count()} of ${sent.length} are answered.`,
      );

      const atRest = await settle(environment, answers, options.settleSeconds);
      say(`${seconds(Date.now() - startedAt)} ${atRest ? 'all is at rest.' : 'time is up.'}`);
      await fleet.stop();
      over.abort();
      await collecting;
      while ((await answers.take()) > 0);
      const database = await readDatabase(environment.postgres);
      const input = {
        sent,
        events: answers.events,
        database,
        left: await takeLeftMessages(environment.queues),
      };
      const durationMs = Date.now() - startedAt;
      return {
        findings: account(input),
        figures: figuresOf({ ...input, struck, durationMs, lost: fleet.lost() }),
        log: fleet.log,
      };
    } finally {
      await fleet.stop();
    }
  } finally {
    over.abort();
    await collecting.catch(() => {});
    await environment.stop();
  }
}

/** From so many messages on there is time for faults that last longer than the server's patience. */
const PATIENT_FROM = 2000;
const DEPTH_PER_WORKER = 50;

const seconds = (ms: number) => `${(ms / 1000).toFixed(1).padStart(6)} s`;
