import { setTimeout as sleep } from 'node:timers/promises';
import { listPauses, type Pause } from '../../lib/ledger/pauses.ts';
import { type Connections, withConnections } from '../connections.ts';
import type { Invocation } from '../invocation.ts';
import type { Output } from '../output/output.ts';
import { timeText } from '../output/time.ts';

/** The name under which all jobs are paused at once. */
export const ALL_JOBS = '*';

/** Pauses decorate what a command shows: nobody should wait long for them. */
const PATIENCE_MS = 5_000;

/** The pause that holds a job at an instant, its own before that of all; null where there is none. */
export function pauseAt(pauses: readonly Pause[], job: string, atMs: number): Pause | null {
  const holds = ({ until }: Pause) => until === null || Date.parse(until) > atMs;
  const of = (name: string) => pauses.find((pause) => pause.job === name && holds(pause));
  return of(job) ?? of(ALL_JOBS) ?? null;
}

/** `paused until 2026-11-24 08:00:00: month end`; not yet safe for a terminal. */
export function pauseText({ until, reason }: Pause): string {
  const when = until === null ? '' : ` until ${timeText(new Date(until))}`;
  return `paused${when}${reason === null ? '' : `: ${reason}`}`;
}

/**
 * The pauses that the home database knows, for commands that work without one. Null where none is configured, and,
 * with a word about it, where it does not answer.
 */
export async function askPauses(invocation: Invocation): Promise<readonly Pause[] | null> {
  const { DATABASE_URL: url = '' } = await invocation.environment();
  if (url.trim() === '') return null;
  return patiently(invocation.output, () => withConnections(invocation, listAllPauses, 'withoutQueues'));
}

const listAllPauses = ({ ledger }: Connections): Promise<Pause[]> => ledger('main', listPauses);

/** The same for a command that has its connections. */
export const pausesOf = (connections: Connections, output: Output): Promise<readonly Pause[] | null> =>
  patiently(output, () => listAllPauses(connections));

/** What explains errors knows of everything that can fail, and takes a while to load. */
async function messageOf(error: unknown): Promise<string> {
  const { explain } = await import('../failure.ts');
  return explain(error).message;
}

async function patiently(
  output: Output,
  ask: () => Promise<readonly Pause[]>,
): Promise<readonly Pause[] | null> {
  const asked = ask().catch(messageOf);
  const answer = await Promise.race([asked, sleep(PATIENCE_MS, 'The home database does not answer.')]);
  if (typeof answer !== 'string') return answer;
  output.say(`Whether jobs are paused is not known. ${answer}`);
  return null;
}
