import type { Connection } from '../../lib/database/connection.ts';
import { DatabaseError } from '../../lib/database/databaseError.ts';
import type { Catalog } from '../../lib/jobs/job.ts';
import { confirmRedrive } from '../../lib/ledger/deadLetters.ts';
import { decodeBody } from '../../lib/messages/decode.ts';
import { readJobMessage } from '../../lib/messages/jobMessage.ts';
import { type MessageProblem, problemText } from '../../lib/messages/problem.ts';
import { readQueryMessage } from '../../lib/messages/queryMessage.ts';
import type { QueueSender } from '../../lib/messages/queueSender.ts';
import { partsOfRedrive, redriveRunId } from '../../lib/messages/runId.ts';
import { type Redrive, redriveOf } from '../../lib/runs/redrive.ts';
import { requestOf } from '../../lib/runs/request.ts';
import type { Connections } from '../connections.ts';
import type { WholeDeadLetter } from './deadLetter.ts';
import { letterRuns } from './letterRuns.ts';
import { type LetterRuns, type RedriveStep, redriveStep } from './redriveStep.ts';

export interface RedriveWork {
  readonly connections: Connections;
  /** To the home database, with the lock on its dead letters. */
  readonly home: Connection;
  readonly sender: QueueSender;
  readonly catalog: Catalog;
  readonly again: boolean;
  /** Whether what the app would reject once more is refused. */
  readonly check: boolean;
  readonly dryRun: boolean;
}

/** What became of one letter. The form of `dead-letters redrive --json`. */
export interface RedriveReport {
  readonly id: string;
  /** `left`: there is nothing to do. `refused`: it cannot be sent. */
  readonly action: 'sent' | 'would be sent' | 'left' | 'refused';
  /** The run that it became; null for a query, and where it is not sent. */
  readonly runId: string | null;
  readonly why: string | null;
}

/** @throws QueueError, and DatabaseError of the home database: the letter is as it was, or sent and not confirmed */
export async function redriveLetter(work: RedriveWork, letter: WholeDeadLetter): Promise<RedriveReport> {
  const { id } = letter;
  const refused = (why: string): RedriveReport => ({ id, action: 'refused', runId: null, why });
  const { queues } = work.connections.settings;
  // Its run is another message's, and neither are that one's redrives this one's.
  if (letter.problems.some(({ path }) => path === 'runId'))
    return refused(`${letter.reason} Send it anew: npx nightshift dead-letters show ${id} --body`);
  const redrive = redriveOf({ ...letter, redrives: 0 }, queues, work.catalog.hash);
  if (!redrive.ok) return refused(redrive.reason);

  if (redrive.redriveOf === null) {
    const problems = queryProblems(letter, queues.results);
    if (problems.length > 0) return refused(rejectedAgain(problems, id));
    return carryOut(work, letter, {
      step: queryStep(letter, work.again),
      first: null,
    });
  }
  const { first, number: before } = partsOfRedrive(redrive.redriveOf);
  const asked = databasesOf(work, letter, redrive);
  if (work.check && asked.problems.length > 0) return refused(rejectedAgain(asked.problems, id));
  const redrives = before + letter.redrives;
  let runs: LetterRuns;
  try {
    runs = await letterRuns(work.connections, work.home, { first, redrives, databases: asked.databases });
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return refused(`Whether it has run cannot be asked. ${error.message}`);
  }
  const step = redriveStep({ confirmed: letter.redrives, before, runs, again: work.again });
  return carryOut(work, letter, { step, first });
}

/** Sent first, confirmed second: what is interrupted between them is sent again as the same run. */
async function carryOut(
  work: RedriveWork,
  letter: WholeDeadLetter,
  { step, first }: { step: RedriveStep; first: string | null },
): Promise<RedriveReport> {
  const { id } = letter;
  if (!work.dryRun) {
    for (const number of step.confirm) await confirmRedrive(work.home, id, number);
  }
  if (step.do === 'leave') {
    return { id, action: 'left', runId: null, why: whyLeft(step, first, letter) };
  }
  const { settings } = work.connections;
  const redrive = redriveOf({ ...letter, redrives: step.number - 1 }, settings.queues, work.catalog.hash);
  if (!redrive.ok) throw new Error(`Dead letter ${id} was read and cannot be read any more.`);
  if (work.dryRun) return { id, action: 'would be sent', runId: redrive.runId, why: null };
  // A query goes as it came; a job's message is one of our own now.
  await work.sender.send(redrive.queue, redrive.body, { asReceived: redrive.runId === null });
  await confirmRedrive(work.home, id, step.number);
  return { id, action: 'sent', runId: redrive.runId, why: null };
}

/** An ad-hoc query is in no ledger. */
const queryStep = ({ redrives }: WholeDeadLetter, again: boolean): RedriveStep =>
  redrives > 0 && !again
    ? { do: 'leave', because: 'sent before', redrive: redrives, state: null, confirm: [] }
    : { do: 'send', number: redrives + 1, confirm: [] };

function whyLeft(
  { because, redrive, state }: Extract<RedriveStep, { do: 'leave' }>,
  first: string | null,
  { redrivenAt }: WholeDeadLetter,
): string {
  if (first === null) return `It was sent again at ${redrivenAt}. --again sends it once more.`;
  const runId = redrive === 0 ? first : redriveRunId(first, redrive);
  switch (because) {
    case 'succeeded':
      return `${runId} has succeeded.`;
    case 'open':
      return `${runId} is under way: ${state}.`;
    case 'sent before': {
      const since = state === null ? 'has not been received yet' : `ended as ${state}`;
      return `It was sent again as ${runId}, which ${since}. --again sends it once more.`;
    }
  }
}

/** Where its run may be, and what the app would reject it for. */
function databasesOf(
  { connections, catalog }: RedriveWork,
  letter: WholeDeadLetter,
  redrive: Redrive & { ok: true },
): { databases: readonly string[]; problems: readonly MessageProblem[] } {
  const decoded = decodeBody(redrive.body);
  const checked = decoded.ok ? readJobMessage(decoded.value) : null;
  if (!checked?.ok) throw new Error(`The redrive of dead letter ${letter.id} is no job message.`);
  const configured = [...connections.settings.databases.keys()];
  const requested = requestOf(checked.message, letter.messageId, catalog, configured, Date.now());
  if (!requested.ok) return { databases: [checked.message.database ?? 'main'], problems: requested.problems };
  const messages = 'fanOut' in requested ? requested.fanOut : [requested.request];
  return { databases: messages.flatMap(({ database }) => database ?? []), problems: [] };
}

function queryProblems({ body }: WholeDeadLetter, resultsQueue: string): readonly MessageProblem[] {
  const decoded = decodeBody(body);
  if (!decoded.ok) return [{ path: '', message: decoded.reason }];
  const checked = readQueryMessage(decoded.value, resultsQueue);
  return checked.ok ? [] : checked.problems;
}

const rejectedAgain = (problems: readonly MessageProblem[], id: string) =>
  `It would be rejected again. ${problems.map(problemText).join(' ')} Mend the job, or correct the message and send it anew: npx nightshift dead-letters show ${id} --body`;
