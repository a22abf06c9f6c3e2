import type { ToldEvent } from '../answers.ts';
import type { DeadLetter, Effect, LedgerRow } from '../database.ts';
import type { Sent } from '../feed.ts';
import type { AccountInput } from './account.ts';

/** What is known, by what it is about. */
export interface Evidence {
  readonly rows: ReadonlyMap<string, LedgerRow>;
  readonly effects: ReadonlyMap<string, readonly Effect[]>;
  /** By run id. Rejections stand under their message's id. */
  readonly runEvents: ReadonlyMap<string, readonly ToldEvent[]>;
  readonly queryEvents: ReadonlyMap<string, readonly ToldEvent[]>;
  readonly deadLetters: readonly DeadLetter[];
  readonly events: ReadonlyMap<string, ToldEvent>;
  /** Run ids of all that was asked for. */
  readonly asked: ReadonlySet<string>;
}

export function gatherEvidence({ sent, events, database }: AccountInput): Evidence {
  const all = [...events.values()];
  return {
    rows: new Map(database.runs.map((row) => [row.runId, row])),
    effects: Map.groupBy(database.effects, ({ runId }) => runId),
    runEvents: Map.groupBy(
      all.filter(({ data }) => data.runId !== undefined),
      ({ data }) => data.runId ?? '',
    ),
    queryEvents: Map.groupBy(
      all.filter(({ data }) => data.queryId !== undefined),
      ({ data }) => data.queryId ?? '',
    ),
    deadLetters: database.deadLetters,
    events,
    asked: new Set(sent.flatMap(runIdsOf)),
  };
}

/** The run that a request asks for; a request without an id asks for as many as it has messages. */
export function runIdsOf({ request, messageIds }: Sent): string[] {
  if (request.queue === 'queries' || request.kind === 'malformed') return [];
  return request.id === null ? messageIds.map((id) => `message:${id}`) : [`user:${request.id}`];
}

/** What an event says became of it: `succeeded` of `nightshift.run.succeeded`. */
export const outcomeOf = (event: ToldEvent): string => event.type.split('.').at(-1) ?? '';
