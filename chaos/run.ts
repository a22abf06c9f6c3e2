import { account } from './account/account.ts';
import type { Finding } from './account/finding.ts';
import { createAnswers } from './answers.ts';
import { readDatabase } from './database.ts';
import { startEnvironment } from './environment.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type LogLine, startFleet } from './fleet.ts';
import type { Options } from './options.ts';
import { planRequests } from './plan/requests.ts';
import { randomFrom } from './random.ts';
import { settle, takeLeftMessages } from './settle.ts';
import { storm } from './storm.ts';

export interface Result {
  readonly findings: readonly Finding[];
  readonly figures: Figures;
  readonly log: readonly LogLine[];
}

/** How often the queue service loses an answer while that fault lasts. */
const LOST_ANSWERS = 0.2;
const PROGRESS_MS = 30_000;

/**
 * Runs the plan of a seed: sends messages while faults strike, then waits in calm until all has come to rest, and
 * makes the account.
 *
 * @param say told what happens, line by line
 * @param stop ends messages and faults; the account is then of what was sent
 */
export async function run(options: Options, say: (line: string) => void, stop: AbortSignal): Promise<Result> {
  const startedAt = Date.now();
  const sayNow = (what: string) => say(`${seconds(Date.now() - startedAt)} ${what}`);
  const random = randomFrom(options.seed);
  const requests = planRequests(random.fork('requests'), options.messages, `m${options.seed}`);
  const lossy = random.fork('queue service');
  const environment = await startEnvironment(() => lossy.chance(LOST_ANSWERS));
  const { queues, postgres } = environment;
  const answers = createAnswers(queues);
  const over = new AbortController();
  const collecting = answers.collect(over.signal);
  const progress = setInterval(
    () => sayNow(`${answers.count()} of ${requests.length} are answered.`),
    PROGRESS_MS,
  );
  try {
    const fleet = await startFleet({ ...options, environment, startedAt });
    try {
      sayNow(`${options.workers} workers are at work; ${requests.length} requests follow.`);
      const { sent, struck } = await storm({
        ...{ options, environment, fleet, answers, requests, random, stop, startedAt },
        onStruck: ({ kind, atMs, what }) => say(`${seconds(atMs)} ${kind} ${what}`),
      });
      sayNow(`all is sent and mended; ${answers.count()} of ${sent.length} are answered.`);
      const atRest = await settle(environment, answers, options.settleSeconds);
      sayNow(atRest ? 'all is at rest.' : 'it has not come to rest in time.');

      await fleet.stop();
      over.abort();
      await collecting;
      while ((await answers.take()) > 0);
      const [database, left] = [await readDatabase(postgres), await takeLeftMessages(queues)];
      const input = { sent, events: answers.events, database, left };
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
    clearInterval(progress);
    over.abort();
    await collecting.catch(() => {});
    await environment.stop();
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1).padStart(6)} s`;
