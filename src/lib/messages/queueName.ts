/** Azure's rule: 3 to 63 of a-z, 0-9 and single dashes between them. */
const QUEUE_NAME = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

function isQueueName(name: string): boolean {
  return QUEUE_NAME.test(name);
}

/** The queue that `replyTo` names, or null where that is no possible queue (the names together are too long). */
export function replyQueueName(resultsQueue: string, replyTo: string): string | null {
  const name = `${resultsQueue}-${replyTo}`;
  return isQueueName(name) ? name : null;
}
