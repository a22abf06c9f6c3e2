import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a job's own timeout leaves before the host's, so that its cancel is confirmed and its outcome written. */
const MARGIN_MS = 60_000;

/** The hosting plans for which Nightshift is made end a function after 30 minutes where host.json is silent. */
const HOST_DEFAULT = '00:30:00';

/**
 * The longest timeout that a job may have under the project's host.json, in milliseconds; infinite where that
 * says -1, and where there is no host.json. The host answers its own `functionTimeout` by a restart of the
 * worker, which ends every other run in it too: a job must have given up before.
 */
export async function longestJobTimeout(projectDirectory: string): Promise<number> {
  const text = await readFile(join(projectDirectory, 'host.json'), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return Number.POSITIVE_INFINITY;
  // A host.json that cannot be read is the host's to complain about.
  return longestUnder(/"functionTimeout"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? HOST_DEFAULT);
}

/** The same for a functionTimeout as host.json, or its setting, writes it: `00:30:00`, or -1 for none. */
export function longestUnder(functionTimeout: string): number {
  const [, days = '0', hours, minutes, seconds] =
    /^(?:(\d+)\.)?(\d+):(\d+):(\d+)$/.exec(functionTimeout) ?? [];
  if (hours === undefined) return Number.POSITIVE_INFINITY;
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return total * 1000 - MARGIN_MS;
}
