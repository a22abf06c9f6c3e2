import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault as IdentityFault } from '../local/identity/fault.ts';
import type { Environment } from './environment.ts';
import type { Fleet } from './fleet.ts';
import type { PlannedFault } from './plan/faults.ts';
import type { QueueFault } from './proxy/queueProxy.ts';
import { type Random, randomFrom } from './random.ts';

const IDENTITY_FAULTS: readonly [IdentityFault, ...IdentityFault[]] = [
  { kind: 'hang' },
  { kind: 'reset' },
  { kind: 'malformed' },
  { kind: 'slow', delayMs: 2000 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 410 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 429, retryAfter: 1 },
  { kind: 'status', status: 500 },
];

/**
 * Lets one planned fault happen, and mends it: when this resolves, the part works again.
 *
 * @returns what exactly it was, for the log
 */
export async function strike(
  fault: PlannedFault,
  environment: Environment,
  fleet: Fleet,
  workers: number,
): Promise<string> {
  const { postgres, network, identity } = environment;
  const random = randomFrom(fault.choice);
  const worker = random.integer(0, workers - 1);
  switch (fault.kind) {
    case 'kill':
      await fleet.kill(worker);
      return `worker ${worker}`;
    case 'stop':
      await fleet.replace(worker);
      return `worker ${worker}`;
    case 'pause':
      await fleet.pause(worker, fault.durationMs);
      return `worker ${worker}`;
    case 'restart-fast':
    case 'restart-immediate':
      await postgres.restart(fault.kind === 'restart-fast' ? 'fast' : 'immediate');
      return '';
    case 'database-away':
      await postgres.kill();
      await sleep(fault.durationMs);
      await postgres.start();
      return '';
    case 'cut':
      return `${network.cut(() => random.chance(0.7))} connections`;
    case 'half-open': {
      const side = random.pick(['worker', 'server', 'both']);
      const silent = network.halfOpen(side);
      await sleep(fault.durationMs);
      silent.end();
      return `${silent.count} connections, ends that stay: ${side}`;
    }
    case 'commit-request':
    case 'commit-answer':
    case 'commit-silence':
      return strikeCommits(environment, fault, random);
    case 'identity': {
      const chosen = random.pick(IDENTITY_FAULTS);
      identity.fault(chosen);
      await sleep(fault.durationMs);
      identity.fault(null);
      return JSON.stringify(chosen);
    }
    case 'queues-away':
      return strikeQueues(environment, fault, random.pick(['reset', 'busy', 'hang']));
    case 'queues-full':
      return strikeQueues(environment, fault, 'full');
    case 'queues-answer':
      return strikeQueues(environment, fault, 'answers');
    case 'queues-early':
      return strikeQueues(environment, fault, 'early');
    case 'queues-lost':
      return strikeQueues(environment, fault, 'lost');
  }
}

async function strikeCommits(
  { commits }: Environment,
  { kind, durationMs }: PlannedFault,
  random: Random,
): Promise<string> {
  const what = kind === 'commit-request' ? 'request' : kind === 'commit-answer' ? 'answer' : 'silence';
  commits.arm(what, random.integer(1, 4));
  await sleep(durationMs);
  return `${commits.disarm()} commits`;
}

async function strikeQueues(
  { queueService }: Environment,
  { durationMs }: PlannedFault,
  kind: QueueFault,
): Promise<string> {
  const before = queueService.met();
  queueService.fault(kind);
  await sleep(durationMs);
  queueService.fault(null);
  return `${kind}, ${queueService.met() - before} requests`;
}
