import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter();

/** Columns that a terminal gives the text: wide characters take two, combining marks none. */
export const widthOf = (text: string): number => stringWidth(text);

/** Text of at most `width` columns, an ellipsis at its end where something was left out; characters stay whole. */
export function cut(text: string, width: number): string {
  if (text.length <= width && widthOf(text) <= width) return text;
  if (width < 1) return '';
  let kept = '';
  let used = 0;
  // No text needs more than a character for each column: the rest of a megabyte is not looked at.
  for (const { segment } of segmenter.segment(text.slice(0, width * LONGEST_CHARACTER))) {
    const next = used + widthOf(segment);
    if (next > width - 1) break;
    kept += segment;
    used = next;
  }
  if (kept.length === text.length) return text;
  return `${kept}…`;
}

/** UTF-16 units of the longest emoji sequences, families and flags among them. */
const LONGEST_CHARACTER = 32;

export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(width - widthOf(text), 0));
  return align === 'right' ? space + text : text + space;
}
