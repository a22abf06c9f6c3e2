import { isUtf8 } from 'node:buffer';
import type { Finding } from './problem.ts';

export type DecodedFile =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly text: string; readonly finding: Finding };

/** A file's text without its BOM. */
export function decodeFile(bytes: Uint8Array): DecodedFile {
  const lossy = new TextDecoder().decode(bytes);
  if (isUtf8(bytes)) return { ok: true, text: lossy };
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { ok: false, text: lossy, finding: { at: 0, message: 'This file is UTF-16: save it as UTF-8.' } };
  }
  return {
    ok: false,
    text: lossy,
    finding: { at: firstBadCharacter(bytes), message: 'This is not UTF-8: save the file as UTF-8.' },
  };
}

function firstBadCharacter(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  // Bytes before the first bad one decode however many of them are taken, but for a character cut in two.
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return new TextDecoder().decode(bytes.subarray(0, good), { stream: true }).length;
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
