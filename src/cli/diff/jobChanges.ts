import type { Job, ParameterSpec } from '../../lib/jobs/job.ts';
import { durationText } from '../output/time.ts';

/** One thing about a job that is another one now, in words. */
export interface Change {
  /** A key of the front matter. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** How each key reads, in the order in which they matter to a reviewer. */
const READINGS: readonly (readonly [what: string, (job: Job) => string])[] = [
  ['schedule', scheduleText],
  ['after', ({ after }) => listText(after)],
  ['database', ({ databases }) => listText(databases)],
  ['role', ({ role }) => role ?? "the app's login"],
  ['transaction', ({ transaction }) => String(transaction)],
  ['isolation', ({ isolation }) => isolation],
  ['timeout', ({ timeoutMs }) => durationText(timeoutMs)],
  ['overlap', ({ overlap }) => overlap],
  [
    'retry',
    ({ retry }) =>
      `${retry.attempts} attempts, after ${durationText(retry.backoffMs)} to ${durationText(retry.maxBackoffMs)}`,
  ],
  [
    'catchUp',
    ({ catchUp: { policy, limit, maxAgeMs } }) =>
      `${policy}${policy === 'all' ? `, ${limit} at most` : ''}, up to ${durationText(maxAgeMs)} old`,
  ],
  [
    'expectEvery',
    ({ expectEveryMs }) => (expectEveryMs === null ? 'as its schedule has it' : durationText(expectEveryMs)),
  ],
  ['startWithin', ({ startWithinMs }) => durationText(startWithinMs)],
  ['description', ({ description }) => description ?? 'none'],
];

/** What the front matter says otherwise; the SQL apart. */
export function jobChanges(before: Job, after: Job): Change[] {
  const keys = READINGS.map(([what, read]) => ({ what, before: read(before), after: read(after) }));
  const names = new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)]);
  const parameters = [...names].map((name) => ({
    what: `parameter ${name}`,
    before: parameterText(before.parameters[name]),
    after: parameterText(after.parameters[name]),
  }));
  return [...keys, ...parameters].filter((change) => change.before !== change.after);
}

export function scheduleText({ schedules, timeZone, after }: Job): string {
  if (schedules.length === 0) return after.length > 0 ? 'none, it comes after others' : 'none';
  const isClock = schedules.some((text) => !text.startsWith('@every'));
  return `${schedules.join(' and ')}${isClock ? ` (${timeZone})` : ''}`;
}

const listText = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

function parameterText(spec: ParameterSpec | undefined): string {
  if (spec === undefined) return 'none';
  const byDefault = spec.default === undefined ? 'must be given' : `by default ${spec.default ?? 'NULL'}`;
  return `${spec.type}, ${byDefault}${spec.description === null ? '' : `: ${spec.description}`}`;
}
