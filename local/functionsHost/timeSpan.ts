const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?$/;

/**
 * Reads the .NET TimeSpan text that host.json uses, `[days.]hours:minutes[:seconds[.fraction]]`.
 *
 * @returns milliseconds, or null when the text is no such span
 */
export function parseTimeSpan(text: string): number | null {
  const match = TIME_SPAN.exec(text.trim());
  if (!match) return null;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  if (Number(hours) > 23) return null;
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return wholeSeconds * 1000 + Math.round(Number(`0.${fraction}`) * 1000);
}
