export interface Position {
  /** 1-based; CRLF, LF and a lone CR end a line, as PostgreSQL's lexer and editors have it. */
  readonly line: number;
  /** 1-based, in code points: an emoji is one column. */
  readonly column: number;
}

/** Where a UTF-16 offset of `text` stands. An offset beyond the end is the end. */
export function lineAndColumn(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (const { index, 0: ending } of text.slice(0, offset).matchAll(/\r\n|\r|\n/g)) {
    // A CRLF cut in two by the offset is still the end of its line, not a new one.
    if (ending === '\r' && text[index + 1] === '\n') break;
    line += 1;
    lineStart = index + ending.length;
  }
  return { line, column: codePoints(text.slice(lineStart, offset)) + 1 };
}

/**
 * The UTF-16 offset of the `position`-th character (1-based), as PostgreSQL counts in the P field of an error:
 * it counts characters, which are code points in a UTF-8 database.
 */
export function offsetOfCharacter(text: string, position: number): number {
  let offset = 0;
  for (let passed = 1; passed < position && offset < text.length; passed += 1) {
    offset += isPairAt(text, offset) ? 2 : 1;
  }
  return offset;
}

/** UTF-16 offsets for the UTF-8 byte offsets that libpg_query counts in; ask in any order. */
export function byteOffsets(text: string): (byteOffset: number) => number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII, where both offsets are one.
  if (/^[\x00-\x7f]*$/.test(text)) return (byteOffset) => byteOffset;
  const bytes = new TextEncoder().encode(text);
  const utf16 = new Uint32Array(bytes.length + 1);
  let offset = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    utf16[at] = offset;
    const isLastOfCharacter = ((bytes[at + 1] ?? 0) & 0xc0) !== 0x80;
    if (isLastOfCharacter) offset += isPairAt(text, offset) ? 2 : 1;
  }
  utf16[bytes.length] = text.length;
  return (byteOffset) => utf16[byteOffset] ?? text.length;
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

const isPairAt = (text: string, offset: number) => (text.codePointAt(offset) ?? 0) > 0xffff;
