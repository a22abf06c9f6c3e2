import type { ToldEvent } from '../answers.ts';
import { outcomeOf } from './evidence.ts';

/**
 * What the faults, and nothing else, may make of a run that would have succeeded: its workers died too often, or its
 * deliveries did; it waited too long for a row that a standing worker had locked; each of its tries met a fault.
 */
export function explainedByFaults(event: ToldEvent): boolean {
  if (outcomeOf(event) === 'deadlettered') return true;
  const { error } = event.data;
  if (outcomeOf(event) !== 'failed' || error === null) return false;
  const { message, sqlState } = error;
  return (
    message.startsWith('The worker died') ||
    message.startsWith('The host gave it up') ||
    (sqlState !== null && TROUBLE.test(sqlState))
  );
}

/** Timeouts, serialization, connections and the server's own state (classes 08, 25, 40, 53, 55, 57, 58). */
const TROUBLE = /^(08|25|40|53|55|57|58)/;
