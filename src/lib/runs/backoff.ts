import type { Retry } from '../jobs/job.ts';

/**
 * How long to wait before the next attempt, in seconds: exponential with full jitter, so that runs which
 * failed together do not come back together (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
 *
 * @param failures how many attempts have failed, this one included; from 1
 * @param random from 0 up to, but not including, 1
 */
export function retryDelaySeconds(retry: Retry, failures: number, random: number): number {
  const ceilingMs = Math.min(retry.maxBackoffMs, retry.backoffMs * 2 ** (failures - 1));
  // At least a second: a queue delays by whole seconds, and a retry at once meets the same fault.
  return Math.max(1, Math.round((ceilingMs * random) / 1000));
}

/**
 * How long a run that could not even be claimed goes back to the queue, in seconds: from about 10 s to 10 min,
 * half of it jitter, so that a database which comes back is not met by all at once.
 *
 * @param deferrals how often in a row nobody answered before; from 0
 */
export function deferralDelaySeconds(deferrals: number, random: number): number {
  const ceiling = Math.min(600, 10 * 2 ** Math.min(deferrals, 10));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/**
 * Another worker is on the run, or it is not its turn: look again soon, but not in step with its other copies, and
 * seldom once it has waited for minutes. In seconds, from 5 to 60.
 */
export function busyDelaySeconds(waitedMs: number, random: number): number {
  return Math.min(60, Math.round(5 + waitedMs / 4000 + 5 * random));
}
