import { z } from 'zod';
import { parseJson } from '../../lib/json.ts';
import {
  type QueryEvent,
  queryEventSchema,
  type RunEvent,
  runEventSchema,
} from '../../lib/messages/event.ts';
import { CliError } from '../cliError.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';

/** An event that ends a run or a query. */
export type OutcomeEvent = RunEvent | QueryEvent;

const schema = z.union([runEventSchema, queryEventSchema]);

/** @throws CliError for an event of a version that this one does not know */
export function readOutcome(json: unknown): OutcomeEvent {
  const result = schema.safeParse(typeof json === 'string' ? parseJson(json) : json);
  if (result.success) return result.data;
  throw new CliError(
    EXIT.internal,
    'The answer is no event that this version of the command knows. --json shows it as it is; build app and command from the same commit.',
  );
}

/** `succeeded`, `failed`... */
export const outcomeOf = (event: OutcomeEvent): string => event.type.slice(event.type.lastIndexOf('.') + 1);

export function exitCodeOf(event: OutcomeEvent): ExitCode {
  const outcome = outcomeOf(event);
  if (outcome === 'succeeded') return EXIT.ok;
  return outcome === 'failed' ? EXIT.failed : EXIT.notRun;
}
