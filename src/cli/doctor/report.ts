import type { Output } from '../output/output.ts';
import { visible } from '../output/visible.ts';
import type { Link, Teller } from './walk.ts';

const MARKS = { ok: '✔', warning: '!', broken: '✘' } as const;
const NAME_WIDTH = 'connections'.length;

/** Tells each link as it is found. */
export function reporter(output: Output): Teller {
  let chain = '';
  const enter = (of: string) => {
    if (of !== chain) output.print(`${chain === '' ? '' : '\n'}${output.colors.bold(of)}`);
    chain = of;
  };
  return {
    announce(of, text) {
      enter(of);
      output.print(`  ${text}`);
    },
    link(link) {
      enter(link.of);
      output.print(linkText(link, output));
    },
  };
}

/** For --json, where the links come together at the end. */
export const SILENT: Teller = { announce() {}, link() {} };

function linkText({ status, check, facts, advice }: Link, { colors }: Output): string {
  const paint = { ok: colors.green, warning: colors.yellow, broken: colors.red }[status];
  const indent = ' '.repeat(NAME_WIDTH + 5);
  const [first = '', ...more] = [...facts.map(visible), ...(advice === null ? [] : [`→ ${visible(advice)}`])];
  return [
    `${paint(MARKS[status])} ${check.padEnd(NAME_WIDTH)}  ${first}`,
    ...more.map((text) => `${indent}${text}`),
  ].join('\n');
}

/** One sentence at the end: what is broken first, as everything else may hang on it. */
export function verdict(links: readonly Link[]): string {
  const broken = links.find(({ status }) => status === 'broken');
  const warnings = links.filter(({ status }) => status === 'warning').length;
  if (broken !== undefined) return `The chain is broken at ${broken.check} of ${broken.of}. Mend that first.`;
  if (warnings > 0)
    return `Everything works; ${warnings === 1 ? 'one thing wants' : `${warnings} things want`} attention.`;
  return 'Everything works.';
}
