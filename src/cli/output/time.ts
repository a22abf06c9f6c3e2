/** `2026-11-24 08:29:46` in a time zone, the viewer's own by default. */
export function timeText(instant: Date | number, timeZone: string = viewerZone()): string {
  // Swedish writes ISO 8601, with a space.
  return new Date(instant).toLocaleString('sv-SE', { timeZone });
}

export const viewerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `350 ms`, `2.4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. */
export function durationText(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const ms = Math.abs(milliseconds);
  if (ms < 1000) return `${sign}${Math.round(ms)} ms`;
  if (ms < 60_000) return `${sign}${(Math.floor(ms / 100) / 10).toString()} s`;
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const pair = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    `${sign}${large} ${largeUnit}${small === 0 ? '' : ` ${small} ${smallUnit}`}`;
  if (hours === 0) return pair(minutes, 'min', seconds % 60, 's');
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}
