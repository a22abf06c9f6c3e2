import { readdirSync, readFileSync } from 'node:fs';

/** A page of the documentation, from the project's root. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** A fenced block. `info` is what stands behind the opening fence: `sql`, or `json job-message`. */
export interface Fence {
  readonly file: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly info: string;
  readonly text: string;
}

export function pages(): Page[] {
  const files = readdirSync('docs').filter((name) => name.endsWith('.md'));
  return ['README.md', ...files.map((name) => `docs/${name}`)].map((file) => ({
    file,
    text: readFileSync(file, 'utf8'),
  }));
}

export function page(file: string): Page {
  return { file, text: readFileSync(file, 'utf8') };
}

/** A fence within a list is indented, and its lines with it. */
export function fences({ file, text }: Page, language?: string): Fence[] {
  const found: Fence[] = [];
  let open: { indent: string; line: number; info: string; lines: string[] } | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const [, indent = '', info = ''] = /^( *)```(.*)$/.exec(line) ?? [];
    const isFence = /^ *```/.test(line);
    if (open === null) {
      if (isFence) open = { indent, line: index + 1, info: info.trim(), lines: [] };
    } else if (isFence) {
      found.push({ file, line: open.line, info: open.info, text: open.lines.join('\n') });
      open = null;
    } else {
      open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open !== null) throw new Error(`${file}:${open.line}: this fence is not closed.`);
  return language === undefined ? found : found.filter(({ info }) => info.split(' ')[0] === language);
}

/** The page without its fenced blocks, for what is only meant in prose. */
export function prose({ text }: Page): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** The rows of all tables below a heading, up to the next one: cells as they are written, without the header. */
export function tableRows(text: string): string[][] {
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.slice(1, -1).split(/(?<!\\)\|/))
    .map((cells) => cells.map((cell) => cell.trim()));
  return rows.filter((_, index) => {
    const isRule = (row: string[] | undefined) => row?.every((cell) => /^-+:?$/.test(cell)) ?? false;
    return !isRule(rows[index]) && !isRule(rows[index + 1]);
  });
}

/** What stands between a heading and the next one of its depth or above. */
export function section({ file, text }: Page, heading: string): string {
  const at = `\n${text}`.indexOf(`\n${heading}\n`);
  if (at < 0) throw new Error(`${file} has no heading "${heading}".`);
  const depth = /^#+/.exec(heading)?.[0].length ?? 1;
  const after = text.slice(at + heading.length);
  const end = after.search(new RegExp(`^#{1,${depth}} `, 'm'));
  return end < 0 ? after : after.slice(0, end);
}
