import { expect, test } from 'vitest';
import { type AccountInput, account } from '../../chaos/account/account.ts';
import type { ToldEvent } from '../../chaos/answers.ts';
import type { DeadLetter, Effect, LedgerRow } from '../../chaos/database.ts';
import type { Sent } from '../../chaos/feed.ts';
import type { Request } from '../../chaos/plan/request.ts';

/** What a run leaves behind everywhere when all goes well: each test breaks one thing of it. */
function goodRun(): AccountInput & Parts {
  const event = told('nightshift.run.succeeded', { runId: 'user:t-1', attempt: 1, rows: [['7']] });
  return input({
    sent: [asked({ token: 't-1', id: 't-1', amounts: [7] })],
    events: [event],
    runs: [row(event)],
    effects: [effect({})],
    total: 7,
  });
}

test('a run that was asked for, done once and told is no finding', () => {
  expect(account(goodRun())).toEqual([]);
});

test('so is one that was told three times over, in the same words', () => {
  expect(account(goodRun().with({ deliveries: 3 }))).toEqual([]);
});

test.each<[string, Partial<Pieces>, string[]]>([
  ['nothing is known of it', { events: [], runs: [], effects: [], total: 0 }, ['lost']],
  ['its row waits for ever', { events: [], runs: [open('waiting')], effects: [], total: 0 }, ['lost']],
  ['its effect is there twice', { effects: [effect({}), effect({})], total: 14 }, ['double', 'disagreement']],
  ['two sessions were at it at once', { effects: [effect({ alone: false })] }, ['double']],
  ['its event never came', { events: [] }, ['untold', 'disagreement']],
  ['it is told as succeeded, and did nothing', { effects: [], total: 0 }, ['disagreement', 'disagreement']],
  ['its effect is another than was asked for', { effects: [effect({ amount: 8 })] }, ['disagreement']],
  ['another attempt made the effect', { effects: [effect({ attempt: 2 })] }, ['disagreement']],
  ['the counters hold more than was told', { total: 9 }, ['disagreement']],
  ['the ledger does not know that it is over', { runs: [open('running')] }, ['disagreement']],
  ['the ledger has no row of it', { runs: [] }, ['disagreement']],
])('a run of which %s is found', (_, change, kinds) => {
  expect(account(goodRun().but(change)).map(({ kind }) => kind)).toEqual(kinds);
});

test('a second outcome of one run is found', () => {
  const good = goodRun();
  const other = told('nightshift.run.failed', { runId: 'user:t-1', attempt: 2, rows: [] });
  expect(account(good.but({ events: [...good.pieces.events, other] }))).toMatchObject([
    { kind: 'disagreement', token: 't-1' },
  ]);
});

test('an event that came once more in other words is found', () => {
  expect(account(goodRun().with({ differs: true }))).toMatchObject([{ kind: 'disagreement' }]);
});

test('an event that is not the one which was committed is found', () => {
  const [kept] = goodRun().database.runs;
  const runs = kept === undefined ? [] : [{ ...kept, event: Buffer.from('{}') }];
  expect(account(goodRun().but({ runs }))).toMatchObject([{ kind: 'disagreement' }]);
});

test('a failure that left an effect behind is found', () => {
  const event = told('nightshift.run.failed', {
    runId: 'user:t-1',
    attempt: 1,
    error: { message: 'division by zero', sqlState: '22012' },
  });
  const sent = [asked({ token: 't-1', id: 't-1', amounts: [], effects: 'none', outcomes: ['failed'] })];
  const failed = goodRun().but({ sent, events: [event], runs: [row(event)], effects: [], total: 0 });
  expect(account(failed)).toEqual([]);
  expect(account(failed.but({ effects: [effect({})] })).map(({ kind }) => kind)).toContain('disagreement');
});

test.each([
  ['The worker died 4 times while it ran this; it is given up.', null, []],
  ['canceling statement due to user request', '57014', []],
  ['division by zero', '22012', ['unexpected']],
])(
  'a run that should have succeeded and ended in "%s" is judged by whether faults can do that',
  (message, sqlState, kinds) => {
    const event = told('nightshift.run.failed', {
      runId: 'user:t-1',
      attempt: 4,
      error: { message, sqlState },
    });
    const failed = goodRun().but({ events: [event], runs: [row(event)], effects: [], total: 0 });
    expect(account(failed).map(({ kind }) => kind)).toEqual(kinds);
  },
);

test('a run that nobody asked for is found', () => {
  const event = told('nightshift.run.succeeded', { runId: 'user:stranger', attempt: 1, rows: [['0']] });
  const good = goodRun();
  const changed = good.but({
    events: [...good.pieces.events, event],
    runs: [...good.pieces.runs, row(event)],
  });
  expect(account(changed)).toMatchObject([{ kind: 'disagreement', ids: ['user:stranger'] }]);
});

test('runs of a job without overlap that overlapped are found', () => {
  const at = (runId: string, beganAt: number, endedAt: number) =>
    effect({ runId, job: 'overlap-skip', beganAt, endedAt });
  const sent = ['t-1', 't-2'].map((id) => asked({ token: id, id, amounts: [7], kind: 'overlap-skip' }));
  const events = sent.map(({ request }) =>
    told('nightshift.run.succeeded', { runId: `user:${request.id}`, attempt: 1, rows: [['7']] }),
  );
  const runs = events.map(row);
  const both = (second: number) =>
    account(
      input({
        sent,
        events,
        runs,
        effects: [at('user:t-1', 1000, 2000), at('user:t-2', second, 3000)],
        total: 14,
      }),
    ).map(({ kind }) => kind);
  expect(both(2000)).toEqual([]);
  expect(both(1999)).toEqual(['double']);
});

test('a message that cannot be read has to be kept and told', () => {
  const sent = [
    asked({
      token: 't-1',
      id: null,
      kind: 'malformed',
      amounts: [],
      effects: 'none',
      outcomes: ['rejected'],
    }),
  ];
  const event = told('nightshift.run.rejected', { runId: 'message:1', attempt: 0 });
  const letter: DeadLetter = { queue: 'jobs', messageId: '1', body: '{"job": "t-1"', event: event.bytes };
  const judged = (pieces: Partial<Pieces>) =>
    account(input({ sent, deadLetters: [letter], events: [event], ...pieces })).map(({ kind }) => kind);
  expect(judged({})).toEqual([]);
  expect(judged({ deadLetters: [] })).toEqual(['lost']);
  expect(judged({ deadLetters: [{ ...letter, body: '{"job": "t-12"' }] })).toEqual(['lost']);
  expect(judged({ events: [] })).toEqual(['untold']);
});

test('a query has one answer', () => {
  const sent = [
    asked({ token: 'q', id: 'q', kind: 'query', queue: 'queries', amounts: [], effects: 'none' }),
  ];
  const answer = (outcome: string) => told(`nightshift.query.${outcome}`, { queryId: 'q' });
  const judged = (...events: ToldEvent[]) => account(input({ sent, events })).map(({ kind }) => kind);
  expect(judged(answer('succeeded'))).toEqual([]);
  expect(judged()).toEqual(['lost']);
  expect(judged(answer('succeeded'), answer('failed'))).toEqual(['disagreement']);
  expect(judged(answer('rejected'))).toEqual(['unexpected']);
});

test('a message that is left is found, with what it says', () => {
  const left = [{ queue: 'nightshift-jobs', body: '{"job":"counter"}' }];
  expect(account({ ...goodRun(), left })).toMatchObject([
    { kind: 'left', what: 'in nightshift-jobs: {"job":"counter"}' },
  ]);
});

interface Pieces {
  readonly sent: Sent[];
  readonly events: ToldEvent[];
  readonly runs: LedgerRow[];
  readonly effects: Effect[];
  readonly deadLetters: DeadLetter[];
  readonly total: number;
}

interface Parts {
  readonly pieces: Pieces;
  but(change: Partial<Pieces>): AccountInput & Parts;
  /** The same, with its one event changed. */
  with(change: Partial<ToldEvent>): AccountInput & Parts;
}

function input(given: Partial<Pieces>): AccountInput & Parts {
  const pieces: Pieces = {
    ...{ sent: [], events: [], runs: [], effects: [], deadLetters: [], total: 0 },
    ...given,
  };
  const { sent, events, ...database } = pieces;
  return {
    sent,
    events: new Map(events.map((event) => [event.id, event])),
    database,
    left: [],
    pieces,
    but: (change) => input({ ...pieces, ...change }),
    with: (change) => input({ ...pieces, events: events.map((event) => ({ ...event, ...change })) }),
  };
}

function asked(request: Partial<Request> & Pick<Request, 'token'>): Sent {
  return {
    request: {
      kind: 'counter',
      queue: 'jobs',
      bodies: [''],
      id: null,
      amounts: [],
      effects: 'once',
      outcomes: ['succeeded'],
      ...request,
    },
    messageIds: ['1'],
  };
}

function told(type: string, data: Partial<ToldEvent['data']>): ToldEvent {
  const id = `${data.runId ?? `query:${data.queryId}`}/${type}`;
  return {
    id,
    type,
    bytes: Buffer.from(JSON.stringify({ id, type, data })),
    deliveries: 1,
    differs: false,
    data: { rows: [], error: null, ...data },
  };
}

function row(event: ToldEvent): LedgerRow {
  const runId = event.data.runId ?? '';
  const state = event.type.split('.').at(-1) ?? '';
  return { ...open(state), runId, event: event.bytes, published: true };
}

function open(state: string): LedgerRow {
  return {
    runId: 'user:t-1',
    job: 'counter',
    state,
    attempt: 1,
    failures: 0,
    crashes: 0,
    event: null,
    published: false,
  };
}

function effect(more: Partial<Effect>): Effect {
  return {
    runId: 'user:t-1',
    job: 'counter',
    attempt: 1,
    amount: 7,
    alone: true,
    beganAt: 0,
    endedAt: null,
    ...more,
  };
}
