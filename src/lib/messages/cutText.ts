/**
 * Text that any consumer's JSON reader and database takes: halves of surrogate pairs and U+0000 become U+FFFD.
 * When its JSON would be longer than `maxBytes`, it is cut between two characters, with a mark that says so.
 */
export function cutText(text: string, maxBytes: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (clean.length * MOST_BYTES <= maxBytes || jsonBytes(clean) <= maxBytes) return clean;
  const mark = `… (cut: it had ${text.length} characters)`;
  const room = maxBytes - jsonBytes(mark);
  let fits = 0;
  let tooLong = Math.min(clean.length, room) + 1;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (jsonBytes(clean.slice(0, middle)) <= room) fits = middle;
    else tooLong = middle;
  }
  // Half of a pair at the end would have been counted as its longer escape, so there is room without it.
  return clean.slice(0, fits).replace(/[\ud800-\udbff]$/, '') + mark;
}

/** A UTF-16 unit takes at most six bytes of JSON: a control character's escape. */
const MOST_BYTES = 6;

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - '""'.length;
}
