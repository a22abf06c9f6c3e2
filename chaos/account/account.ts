import type { ToldEvent } from '../answers.ts';
import type { DatabaseState } from '../database.ts';
import type { Sent } from '../feed.ts';
import type { LeftMessage } from '../settle.ts';
import { type Evidence, gatherEvidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { judgeOverlaps } from './judgeOverlaps.ts';
import { judgeQuery } from './judgeQuery.ts';
import { judgeRejection } from './judgeRejection.ts';
import { judgeRun } from './judgeRun.ts';

export interface AccountInput {
  readonly sent: readonly Sent[];
  /** By their id, all that was told. */
  readonly events: ReadonlyMap<string, ToldEvent>;
  readonly database: DatabaseState;
  readonly left: readonly LeftMessage[];
}

/**
 * The account: each message that went in, its outcome, its event, its row in the ledger and its effect in the
 * database, held against each other. Everything that is not as it must be is a finding.
 */
export function account(input: AccountInput): Finding[] {
  const evidence = gatherEvidence(input);
  return [
    ...input.sent.flatMap((sent) => judge(sent, evidence)),
    ...strangers(input, evidence),
    ...judgeOverlaps(input.database.effects),
    ...judgeTotal(input),
    ...input.left.map(
      ({ queue, body }): Finding => ({
        kind: 'left',
        token: null,
        what: `in ${queue}: ${body ?? 'a message that is hidden'}`,
        ids: [],
      }),
    ),
  ];
}

function judge(sent: Sent, evidence: Evidence): Finding[] {
  const { kind, queue } = sent.request;
  if (queue === 'queries') return judgeQuery(sent, evidence);
  if (kind === 'malformed') return judgeRejection(sent, evidence);
  return [...judgeRun(sent, evidence), ...(kind === 'rivals' ? judgeRejection(sent, evidence) : [])];
}

/** Runs in the ledger, or effects, that nobody has asked for. */
function strangers({ database }: AccountInput, { asked }: Evidence): Finding[] {
  const unknown = new Set(
    [...database.runs, ...database.effects].map(({ runId }) => runId).filter((runId) => !asked.has(runId)),
  );
  return [...unknown].map((runId) => ({
    kind: 'disagreement',
    token: null,
    what: `Nobody asked for the run ${runId}.`,
    ids: [runId],
  }));
}

/** The property itself: the sum in the database is that of the distinct runs that say succeeded. */
function judgeTotal({ sent, events, database }: AccountInput): Finding[] {
  const succeeded = new Map<string, number>();
  for (const { type, data } of events.values()) {
    if (type === 'nightshift.run.succeeded' && data.runId !== undefined) {
      succeeded.set(data.runId, Number(data.rows[0]?.[0] ?? 0));
    }
  }
  // Without a transaction the sum cannot be known beforehand: those jobs add to no counter.
  for (const { request, messageIds } of sent) {
    if (request.effects !== 'at least once') continue;
    for (const runId of request.id === null
      ? messageIds.map((id) => `message:${id}`)
      : [`user:${request.id}`])
      succeeded.delete(runId);
  }
  const told = [...succeeded.values()].reduce((sum, amount) => sum + amount, 0);
  if (told === database.total) return [];
  const what = `The counters hold ${database.total}; the ${succeeded.size} runs that say succeeded add up to ${told}.`;
  return [{ kind: 'disagreement', token: null, what, ids: [] }];
}
