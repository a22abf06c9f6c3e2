import { ownError } from '../messages/ownError.ts';
import { type AttemptError, attemptErrorSchema } from '../messages/resultData.ts';

/**
 * What ended a run's earlier attempts, from the ledger's column. The functions of the ledger write it in this shape;
 * an administrator may have written another, which must not keep the run from its outcome: it is told as it stands.
 */
export function readAttemptErrors(json: string): AttemptError[] {
  const errors: unknown = JSON.parse(json);
  return (Array.isArray(errors) ? errors : [errors]).map((error: unknown) => {
    const known = attemptErrorSchema.safeParse(error);
    return known.success ? known.data : unreadable(error);
  });
}

function unreadable(error: unknown): AttemptError {
  const message = `The ledger holds an error that cannot be read: ${JSON.stringify(error)}`;
  return { attempt: 1, at: '', ...ownError(message) };
}
