import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../lib/jobs/duration.ts';

/** Readers of option values. Each throws InvalidArgumentError, which commander tells with the option's name. */

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Milliseconds. */
function duration(leastMs: number): (text: string) => number {
  return (text) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= leastMs) return ms;
    throw new InvalidArgumentError('It must be a duration such as 30s, 10m, 2h or 1h30m.');
  };
}

/** An option that takes a duration; its help shows the default as it would be typed. The value is in milliseconds. */
export function durationOption(
  flags: string,
  description: string,
  leastMs: number,
  byDefault: string,
): Option {
  const parse = duration(leastMs);
  return new Option(flags, description).argParser(parse).default(parse(byDefault), byDefault);
}

/** An instant in ISO 8601 with its offset, or how long ago: `2h`. Returns ISO 8601 in UTC. */
export function instantOrAgo(text: string): string {
  const ago = parseDuration(text);
  if (ago !== null) return dateText(Date.now() - ago);
  return isoInstant(
    text,
    'It must be an instant such as 2026-03-01T02:00:00Z, a day such as 2026-03-01 (UTC), or how long ago: 30m, 2h, 7d.',
  );
}

/** An instant to come, or how long from now: `2h`. Returns ISO 8601 in UTC. */
export function instantOrIn(text: string): string {
  const fromNow = parseDuration(text);
  const until =
    fromNow === null
      ? isoInstant(
          text,
          'It must be an instant such as 2026-03-01T02:00:00Z, a day such as 2026-03-01 (UTC), or how long from now: 30m, 2h, 7d.',
        )
      : dateText(Date.now() + fromNow);
  if (Date.parse(until) > Date.now()) return until;
  throw new InvalidArgumentError('It must be in the future.');
}

/** An instant in ISO 8601 with Z or an offset, as it was written. */
export function instant(text: string): string {
  isoInstant(text, 'It must be an instant with Z or an offset, such as 2026-03-01T02:00:00Z.');
  return text;
}

function isoInstant(text: string, message: string): string {
  const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  // Date.parse rolls 30 February over to March.
  const ms = isIso && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new InvalidArgumentError(message);
  return new Date(ms).toISOString();
}

/** A duration may reach beyond what a Date can hold. */
function dateText(ms: number): string {
  const date = new Date(ms);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new InvalidArgumentError('It is too long.');
}

function isDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** Collects an option that may be given more than once. */
export function each(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** A GUID of Entra's, in lower case. */
export function guid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be a GUID, such as 00000000-0000-0000-0000-000000000000.');
}
