import { decodeBody } from '../messages/decode.ts';
import { encodeJobMessage, readJobMessage } from '../messages/jobMessage.ts';
import { problemText } from '../messages/problem.ts';
import { partsOfRedrive, redriveRunId, runIdOf } from '../messages/runId.ts';

/** What a redrive of a dead letter sends. */
export type Redrive =
  | {
      readonly ok: true;
      readonly queue: string;
      readonly body: Uint8Array;
      /** The run that it becomes, and the one that it repeats; null for an ad-hoc query. */
      readonly runId: string | null;
      readonly redriveOf: string | null;
    }
  | { readonly ok: false; readonly reason: string };

export interface RedrivenLetter {
  readonly queue: string;
  readonly messageId: string;
  readonly body: Uint8Array;
  readonly redrives: number;
  /** ISO 8601: when it was kept. */
  readonly keptAt: string;
}

/**
 * The message of a dead letter's next redrive: a run of its own, `<old>#r<n>`, so that the old one's outcome stands.
 * The same n until the redrive is confirmed, so that a redrive which is interrupted and repeated is run once.
 *
 * @param queues the jobs and the queries queue
 * @param catalog the hash of the catalog that the sender knows, or any text if it knows none
 */
export function redriveOf(
  letter: RedrivenLetter,
  queues: { readonly jobs: string; readonly queries: string },
  catalog: string,
): Redrive {
  if (letter.queue === queues.queries || letter.queue === `${queues.queries}-poison`) {
    return { ok: true, queue: queues.queries, body: letter.body, runId: null, redriveOf: null };
  }
  const decoded = decodeBody(letter.body);
  if (!decoded.ok) return { ok: false, reason: `${decoded.reason} Correct it and send it anew.` };
  const checked = readJobMessage(decoded.value);
  if (!checked.ok) {
    return {
      ok: false,
      reason: `${checked.problems.map(problemText).join(' ')} Correct it and send it anew.`,
    };
  }
  const { nightshift: _, runId: __, ...message } = checked.message;
  const old = runIdOf(checked.message, letter.messageId);
  // A redrive that became a dead letter itself is not sent again under the id that has ended.
  const runId = redriveRunId(old, partsOfRedrive(old).number + letter.redrives + 1);
  const asOf = checked.message.nightshift?.asOf ?? checked.message.nightshift?.firstSeenAt ?? letter.keptAt;
  const own = { runId, attempt: 1, deferrals: 0, redriveOf: old, asOf, catalog };
  const body = encodeJobMessage({ ...message, nightshift: own });
  return { ok: true, queue: queues.jobs, body, runId, redriveOf: old };
}
