import type { Finding } from './problem.ts';

/** The YAML of a file's front matter, in place: every offset of `yaml`, plus `start`, is one of the file. */
export interface FrontMatterBlock {
  readonly yaml: string;
  readonly start: number;
}

interface Line {
  readonly text: string;
  readonly start: number;
}

const DELIMITER = /^-- +---[ \t]*$/;
/** Meant as a delimiter, most likely; a longer rule of dashes is a plain comment. */
const LIKE_DELIMITER = /^[ \t]*--[ \t]+---[ \t]*$/;
const BARE_DELIMITER = /^[ \t]*---[ \t]*$/;

/**
 * Finds the lines between two `-- ---` at the top of an SQL file; only blank lines and comments may stand before
 * them. What looks like front matter but is none is told, never taken for a comment.
 * @param keys the keys that front matter may have
 */
export function findFrontMatter(
  sql: string,
  keys: readonly string[],
): { readonly block: FrontMatterBlock | null; readonly findings: readonly Finding[] } {
  const lines = splitLines(sql);
  const top = readTop(sql);
  const opening = lines.findIndex(({ text, start }) => DELIMITER.test(text) && top.lineComments.has(start));
  if (opening < 0) return { block: null, findings: misplaced(lines, top, keys) };

  const after = lines.slice(opening + 1);
  const end = after.findIndex(({ text }) => DELIMITER.test(text) || !/^--|^[ \t]*$/.test(text));
  const last = after[end];
  const opener = lines[opening]?.start ?? 0;
  if (!last) return { block: null, findings: [{ at: opener, message: NOT_CLOSED }] };
  if (!DELIMITER.test(last.text)) {
    const message = LIKE_DELIMITER.test(last.text) ? NOT_IN_FIRST_COLUMN : NOT_A_COMMENT;
    return { block: null, findings: [{ at: last.start, message }] };
  }

  const inside = after.slice(0, end);
  const findings = inside
    .filter(({ text }) => /^--[^ \t]/.test(text))
    .map(({ start }) => ({ at: start + 2, message: 'Write a space between -- and the front matter.' }));
  const again = after.slice(end + 1).filter(({ text }) => LIKE_DELIMITER.test(text));
  const strays = again.map(({ start }) => ({ at: start, message: ONLY_ONCE }));
  const start = inside[0]?.start ?? last.start;
  // Spaces in place of -- leave every column where it is in the file. YAML 1.2 ends no line at a lone CR.
  const yaml = sql
    .slice(start, last.start)
    .replace(/\r(?!\n)/g, '\n')
    .replace(/^--/gm, '  ');
  return {
    block: findings.length === 0 ? { yaml, start } : null,
    findings: [...findings, ...strays],
  };
}

const NOT_CLOSED = 'This front matter is not closed: end it with a line "-- ---".';
const NOT_A_COMMENT =
  'This line stands in the front matter but is no comment: each of its lines begins with "-- ", and a line "-- ---" ends it.';
const NOT_IN_FIRST_COLUMN =
  'Front matter is delimited by "-- ---" in the first column: remove what is before it.';
const NOT_BARE = 'Front matter is delimited by "-- ---", and each of its lines begins with "-- ".';
const NOT_IN_BLOCK_COMMENT =
  'Front matter stands in line comments, not inside /* */, which a schedule such as */30 would end.';
const NOT_AT_TOP =
  'Front matter stands at the top of the file: only blank lines and comments may come before it.';
const ONLY_ONCE =
  'This looks like front matter, but a file has it once, at its top. Write the line differently.';

/** In a file without front matter: lines that were meant to be some. */
function misplaced(lines: readonly Line[], top: Top, keys: readonly string[]): Finding[] {
  const key = new RegExp(`^--[ \\t]*(?:${keys.join('|')})[ \\t]*:`);
  return lines.flatMap(({ text, start }) => {
    const at = start + text.search(/\S|$/);
    const isTop = start < top.end;
    if (LIKE_DELIMITER.test(text)) {
      if (!isTop) return [{ at, message: NOT_AT_TOP }];
      return [{ at, message: top.lineComments.has(at) ? NOT_IN_FIRST_COLUMN : NOT_IN_BLOCK_COMMENT }];
    }
    if (isTop && BARE_DELIMITER.test(text)) return [{ at, message: NOT_BARE }];
    if (top.lineComments.has(start) && key.test(text)) {
      return [{ at, message: 'This looks like front matter, which stands between two lines "-- ---".' }];
    }
    return [];
  });
}

interface Top {
  /** Where each line comment before the first statement begins. */
  readonly lineComments: ReadonlySet<number>;
  /** Where the first statement begins. */
  readonly end: number;
}

function readTop(sql: string): Top {
  const lineComments = new Set<number>();
  let at = 0;
  for (;;) {
    const rest = sql.slice(at);
    const skipped = /^\s+/.exec(rest) ?? /^--[^\r\n]*/.exec(rest);
    if (skipped) {
      if (rest.startsWith('--')) lineComments.add(at);
      at += skipped[0].length;
    } else if (rest.startsWith('/*')) {
      at += blockCommentLength(rest);
    } else {
      return { lineComments, end: at };
    }
  }
}

/** PostgreSQL's block comments nest. One that never ends reaches to the end of the file. */
function blockCommentLength(text: string): number {
  let depth = 0;
  for (const { 0: mark, index } of text.matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return index + 2;
  }
  return text.length;
}

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (const { 0: whole, 1: line = '', index } of text.matchAll(/([^\r\n]*)(?:\r\n|\r|\n|$)/g)) {
    if (whole !== '') lines.push({ text: line, start: index });
  }
  return lines;
}
