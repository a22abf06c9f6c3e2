import type { Random } from '../random.ts';

/** Faults of one group come one after another; the groups go on side by side. */
export const FAULTS = {
  workers: ['kill', 'stop', 'pause'],
  database: [
    'restart-fast',
    'restart-immediate',
    'database-away',
    'cut',
    'half-open',
    'commit-answer',
    'commit-request',
    'commit-silence',
    'identity',
  ],
  queues: ['queues-away', 'queues-full', 'queues-answer', 'queues-early', 'queues-lost'],
} as const;

export type FaultKind = (typeof FAULTS)[keyof typeof FAULTS][number];
export const FAULT_KINDS: readonly FaultKind[] = Object.values(FAULTS).flat();

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Calm before it, since the fault of this group before it. */
  readonly afterMs: number;
  /** How long it lasts, for those that last. */
  readonly durationMs: number;
  /** Decides what the kind leaves open: which worker, which way of being away. */
  readonly choice: number;
}

export interface FaultPlanOptions {
  readonly kinds: readonly FaultKind[];
  /** Pauses last from a little under to well over a message's lock. */
  readonly lockSeconds: number;
  /** Also pauses and silences that outlast what the server gives a session that stands still: 30 s and 60 s. */
  readonly patient: boolean;
}

/**
 * The faults of each group, without an end: how many of them come about depends on how long the messages take, which
 * is the machine's to say.
 */
export function planFaults(random: Random, options: FaultPlanOptions): Iterable<PlannedFault>[] {
  return Object.entries(FAULTS).flatMap(([group, all]) => {
    const kinds = all.filter((kind) => options.kinds.includes(kind));
    return kinds.length === 0 ? [] : [faultsOf(random.fork(group), kinds, options)];
  });
}

function* faultsOf(
  random: Random,
  kinds: readonly FaultKind[],
  options: FaultPlanOptions,
): Generator<PlannedFault> {
  // Each kind once before any comes again, in a new order each time: a short run meets most of them.
  for (;;) {
    const round = kinds.map((kind) => ({ kind, order: random.next() })).sort((a, b) => a.order - b.order);
    for (const { kind } of round) {
      yield {
        kind,
        afterMs: random.integer(300, options.patient ? 3000 : 1500),
        durationMs: durationMs(random, kind, options),
        choice: random.integer(0, 2 ** 31 - 1),
      };
    }
  }
}

function durationMs(random: Random, kind: FaultKind, { lockSeconds, patient }: FaultPlanOptions): number {
  const isLong = patient && random.chance(0.15);
  switch (kind) {
    case 'pause':
      return isLong ? random.integer(31_000, 40_000) : lockSeconds * random.integer(800, 2000);
    case 'half-open':
    case 'commit-silence':
      return isLong ? random.integer(31_000, 70_000) : random.integer(1000, 6000);
    case 'database-away':
      return isLong ? random.integer(10_000, 20_000) : random.integer(1000, 3000);
    case 'identity':
    case 'queues-away':
    case 'queues-full':
      return isLong ? random.integer(10_000, 20_000) : random.integer(1000, 5000);
    default:
      return random.integer(1000, 4000);
  }
}
