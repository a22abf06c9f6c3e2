import { parseDuration } from '../../lib/jobs/duration.ts';
import { meaningOf, timeZone } from '../../lib/jobs/timeZone.ts';
import { CliError } from '../cliError.ts';
import { EXIT } from '../exitCodes.ts';

/** Epoch milliseconds; both are inside. */
export interface PlanWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;
const LONGEST_MS = 3660 * DAY_MS;

/**
 * The stretch of time that --from and --to name: each an instant, a day or a time on the clocks of `zone`, or a
 * duration, counted from now and from --from. A day as --to is inside as a whole.
 *
 * @param zone an IANA name that is known
 * @throws CliError
 */
export function planWindow(
  given: { readonly from: string | undefined; readonly to: string | undefined },
  zone: string,
  nowMs: number,
): PlanWindow {
  const fromMs = given.from === undefined ? nowMs : moment('--from', given.from, zone, nowMs, 'start');
  const toMs = given.to === undefined ? fromMs + DAY_MS : moment('--to', given.to, zone, fromMs, 'end');
  if (fromMs >= toMs)
    throw usage(`--from (${iso(fromMs)}) must be before --to (${iso(toMs)}): exchange them.`);
  if (toMs - fromMs > LONGEST_MS) throw usage('Ten years is the longest that can be planned at once.');
  return { fromMs, toMs };
}

function moment(option: string, text: string, zone: string, baseMs: number, edge: 'start' | 'end'): number {
  const duration = parseDuration(text);
  const ms = duration === null ? fromCalendar(text, zone, edge) : baseMs + duration;
  // Beyond the year 9999 an instant has another form.
  if (ms !== null && ms >= 0 && ms < Date.UTC(9999, 0, 1)) return ms;
  throw usage(
    `${option} ${JSON.stringify(text)} is no time. It is an instant such as 2026-03-01T02:00:00Z, a day such as 2026-03-01 or a time such as 2026-03-01T02:00 in ${zone}, or a duration such as 12h or 7d.`,
  );
}

/** Null for what is no date. */
function fromCalendar(text: string, zone: string, edge: 'start' | 'end'): number | null {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const [, day = '', time, offset] = match ?? [];
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Date.parse rolls 30 February over to March.
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return null;
  if (offset !== undefined) return numberOrNull(Date.parse(text));
  if (time !== undefined) return onTheClocks(Date.parse(`${day}T${time}Z`), zone);
  return edge === 'start' ? onTheClocks(midnight, zone) : (onTheClocks(midnight + DAY_MS, zone) ?? 0) - 1;
}

/** What the clocks leave out is when they go on; of what they show twice it is the first. */
function onTheClocks(wall: number, zone: string): number | null {
  if (Number.isNaN(wall)) return null;
  const meaning = meaningOf(timeZone(zone), wall);
  return meaning.kind === 'never' ? meaning.gapEnd : meaning.instant;
}

const numberOrNull = (ms: number) => (Number.isNaN(ms) ? null : ms);
const iso = (ms: number) => new Date(ms).toISOString();
const usage = (message: string) => new CliError(EXIT.usage, message);
