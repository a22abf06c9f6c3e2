import type { Sent } from '../feed.ts';
import { readable } from '../settle.ts';
import { type Evidence, outcomeOf } from './evidence.ts';
import type { Finding, FindingKind } from './finding.ts';

/**
 * A message that no run can be made of is kept whole and told as rejected. Its copy, or the one that the host puts in
 * the poison queue, is another message to the queue: it may be kept and told once more, under its own id.
 */
export function judgeRejection({ request, messageIds }: Sent, evidence: Evidence): Finding[] {
  const { token } = request;
  const finding = (kind: FindingKind, what: string): Finding => ({
    kind,
    token,
    what: `${request.kind} ${token}: ${what}`,
    ids: [token, ...messageIds],
  });
  const kept = evidence.deadLetters.filter(({ body }) => holds(body, token));
  if (kept.length === 0) return [finding('lost', 'no rejected message of it is kept.')];
  return kept.flatMap(({ messageId, event }) => {
    const id = (JSON.parse(event.toString()) as { id: string }).id;
    const told = evidence.events.get(id);
    if (told === undefined) return [finding('untold', `message ${messageId} is kept, and no event came.`)];
    if (!told.bytes.equals(event) || told.differs)
      return [finding('disagreement', `${id} came with another body than is kept.`)];
    if (outcomeOf(told) !== 'rejected' && request.kind === 'malformed')
      return [finding('unexpected', `it ended as ${outcomeOf(told)}.`)];
    return [];
  });
}

/** Whole: `x-1` does not stand in `x-12`. */
function holds(body: string, token: string): boolean {
  return new RegExp(`(?<![\\w-])${token}(?![\\w-])`).test(readable(body));
}
