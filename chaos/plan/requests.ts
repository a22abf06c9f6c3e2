import type { Random } from '../random.ts';
import { malformedBody } from './malformed.ts';
import type { Kind, Outcome, Request } from './request.ts';

/** How many of two hundred choices fall on each kind. Those that hold a worker for long, or wait for another, are few. */
const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ['counter', 121],
  ['flaky', 20],
  ['failing', 10],
  ['slow', 8],
  ['autocommit', 10],
  ['overlap-skip', 2],
  ['rivals', 4],
  ['malformed', 10],
  ['query', 12],
  ['overtime', 2],
  ['overlap-queue', 1],
];

/** Runs that are to meet another one of their job come in a row. */
const OVERLAPPING = 3;

const COUNTERS = 32;

/**
 * What is asked for in one run of the harness: `messages` messages, the same for the same seed.
 *
 * @param name begins every token, so that two runs on one database do not meet
 */
export function planRequests(random: Random, messages: number, name: string): Request[] {
  const requests: Request[] = [];
  let left = messages;
  while (left > 0) {
    const kind = kindOf(random);
    for (let inARow = kind.startsWith('overlap-') ? OVERLAPPING : 1; inARow > 0 && left > 0; inARow -= 1) {
      const request = planRequest(random, `${name}-${requests.length}`, kind, left);
      requests.push(request);
      left -= request.bodies.length;
    }
  }
  return requests;
}

function kindOf(random: Random): Kind {
  let rest = random.integer(1, 200);
  for (const [kind, weight] of WEIGHTS) {
    rest -= weight;
    if (rest <= 0) return kind;
  }
  return 'counter';
}

function planRequest(random: Random, token: string, kind: Kind, left: number): Request {
  switch (kind) {
    case 'malformed':
      return noEffect(token, kind, 'jobs', malformedBody(random, token), null, ['rejected']);
    case 'query':
      return planQuery(random, token);
    case 'rivals':
      return planRivals(random, token, left);
    default:
      return planRun(random, token, kind, left);
  }
}

const OUTCOMES: Partial<Record<Kind, readonly Outcome[]>> = {
  failing: ['failed'],
  overtime: ['failed'],
  flaky: ['succeeded', 'failed'],
  'overlap-skip': ['succeeded', 'skipped'],
};

function planRun(random: Random, token: string, kind: Kind, left: number): Request {
  const amount = random.integer(1, 1000);
  // A run without an id of its own is another run each time that it is sent.
  const named = random.chance(0.8);
  // Two workers are to meet at a run, so those that take a while are sent twice the more often.
  const often = kind === 'autocommit' || kind === 'slow' ? 0.6 : 0.1;
  const copies = named && left > 2 && random.chance(often) ? random.integer(1, 2) : 0;
  const body = encoded(random, {
    job: kind,
    ...(named ? { runId: token } : {}),
    parameters: { amount, counter: counterOf(random) },
  });
  const never = kind === 'failing' || kind === 'overtime';
  return {
    token,
    kind,
    queue: 'jobs',
    bodies: Array<string>(1 + copies).fill(body),
    id: named ? token : null,
    amounts: never ? [] : [amount],
    effects: never ? 'none' : kind === 'autocommit' ? 'at least once' : 'once',
    outcomes: OUTCOMES[kind] ?? ['succeeded'],
  };
}

/** Two messages that want different things under one run id: one of them runs, the other is rejected. */
function planRivals(random: Random, token: string, left: number): Request {
  if (left < 2) return planRun(random, token, 'counter', left);
  const first = random.integer(1, 1000);
  const amounts = [first, first + random.integer(1, 1000)];
  const counter = counterOf(random);
  return {
    token,
    kind: 'rivals',
    queue: 'jobs',
    bodies: amounts.map((amount) =>
      encoded(random, { job: 'counter', runId: token, parameters: { amount, counter } }),
    ),
    id: token,
    amounts,
    effects: 'once',
    outcomes: ['succeeded'],
  };
}

function planQuery(random: Random, token: string): Request {
  const query = (sql: string, outcome: Outcome) =>
    noEffect(token, 'query', 'queries', encoded(random, { queryId: token, sql }), token, [outcome]);
  switch (random.integer(1, 4)) {
    case 1:
      return query('SELECT 1 / 0', 'failed');
    case 2:
      return query('CREATE TABLE public.not_allowed (n integer)', 'failed');
    case 3:
      return query('SELECT pg_sleep(0.2), 1 AS n', 'succeeded');
    default:
      return query('SELECT n, n * n AS square FROM generate_series(1, 20) n', 'succeeded');
  }
}

function noEffect(
  token: string,
  kind: Kind,
  queue: Request['queue'],
  body: string,
  id: string | null,
  outcomes: readonly Outcome[],
): Request {
  return { token, kind, queue, bodies: [body], id, amounts: [], effects: 'none', outcomes };
}

const counterOf = (random: Random) => `counter-${random.integer(0, COUNTERS - 1)}`;

/** As it is, or in base64 as most senders write it. */
function encoded(random: Random, message: unknown): string {
  const json = JSON.stringify(message);
  return random.chance(0.3) ? Buffer.from(json).toString('base64') : json;
}
