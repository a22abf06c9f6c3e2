import type { JobMessage } from './jobMessage.ts';

/** The run of an occurrence in one database: the same id whichever tick plans it. */
export function occurrenceRunId(job: string, scheduledForMs: number, database: string): string {
  const instant = new Date(scheduledForMs).toISOString().replace('.000Z', 'Z');
  return `schedule:${job}@${instant}/${database}`;
}

/**
 * The run that a message asks for. Only messages of our own name a whole id; a user's runId gets a namespace,
 * so that no `runId: "schedule:..."` can stand for an occurrence.
 *
 * @param messageId the queue's id of the message, which stays the same on every delivery
 */
export function runIdOf(message: JobMessage, messageId: string): string {
  if (message.nightshift !== undefined) return message.nightshift.runId;
  if (message.runId !== undefined) return `user:${message.runId}`;
  return messageRunId(messageId);
}

/** For a message that cannot be read, too: what is told about it is told under this id. */
export function messageRunId(messageId: string): string {
  return `message:${messageId}`;
}

/** The id of a run's `number`-th redrive; `runId` may be one of its redrives. */
export function redriveRunId(runId: string, number: number): string {
  return `${partsOfRedrive(runId).first}#r${number}`;
}

/** The run that was there first, and which of its redrives this is; 0 for itself. */
export function partsOfRedrive(runId: string): { readonly first: string; readonly number: number } {
  const [suffix = '', number = '0'] = /#r(\d+)$/.exec(runId) ?? [];
  return { first: runId.slice(0, runId.length - suffix.length), number: Number(number) };
}

/** True for an occurrence's own run; a redrive of one stands for the instant, but is asked for by a person. */
export function isOccurrenceRun(runId: string): boolean {
  return runId.startsWith('schedule:') && partsOfRedrive(runId).number === 0;
}
