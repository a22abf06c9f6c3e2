import type { Sent } from '../feed.ts';
import { type Evidence, outcomeOf } from './evidence.ts';
import { explainedByFaults } from './explained.ts';
import type { Finding, FindingKind } from './finding.ts';

/** A query changes nothing: it has its answer, and no two that differ in their outcome. */
export function judgeQuery({ request, messageIds }: Sent, { queryEvents }: Evidence): Finding[] {
  const told = queryEvents.get(request.token) ?? [];
  const finding = (kind: FindingKind, what: string): Finding => ({
    kind,
    token: request.token,
    what: `query ${request.token}: ${what}`,
    ids: [request.token, ...messageIds],
  });
  const [event] = told;
  if (event === undefined) return [finding('lost', 'no event came.')];
  if (told.length > 1)
    return [finding('disagreement', `it was told as ${told.map(({ type }) => type).join(' and ')}.`)];
  if (request.outcomes.some((outcome) => outcome === outcomeOf(event)) || explainedByFaults(event)) return [];
  return [finding('unexpected', `it ended as ${outcomeOf(event)}: ${event.data.error?.message ?? ''}`)];
}
