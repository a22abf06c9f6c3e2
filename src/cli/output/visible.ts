/**
 * What a terminal would obey instead of show: control characters (escaped sequences begin with one), the marks that
 * turn the direction of the text around them, line separators, and halves of surrogate pairs. A zero-width joiner
 * stays: emoji are made with it.
 */
const UNSHOWN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

/** Text from anywhere (a row, a server's message) as one line that can do nothing to a terminal. */
export function visible(text: string): string {
  return text.replace(UNSHOWN, escaped);
}

/** The same for text whose lines are its form, such as SQL: line feeds and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSHOWN, (char) => (/[\n\t]/.test(char) ? char : escaped(char)));
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return SHORT[char] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
