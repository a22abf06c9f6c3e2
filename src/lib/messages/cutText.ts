/**
 * Text that any consumer's JSON reader and database takes: halves of surrogate pairs and U+0000 become U+FFFD.
 * When its JSON would be longer than `maxBytes`, it is cut between two characters, with a mark that says so.
 */
export function cutText(text: string, maxBytes: number): string {
  const clean = text.toWellFormed().replaceAll('\0', '\ufffd');
  if (clean.length * MOST_BYTES <= maxBytes || jsonBytes(clean) <= maxBytes) return clean;
  const mark = `… (cut: it had ${text.length} characters)`;
  let room = maxBytes - jsonBytes(mark);
  let end = 0;
  for (const char of clean) {
    room -= jsonBytes(char);
    if (room < 0) break;
    end += char.length;
  }
  return clean.slice(0, end) + mark;
}

/** A UTF-16 unit takes at most six bytes of JSON: a control character's escape. */
const MOST_BYTES = 6;

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - '""'.length;
}
