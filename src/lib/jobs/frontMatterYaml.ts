import { type Document, isMap, isNode, isPair, isScalar, parseDocument, visit, type YAMLError } from 'yaml';
import { JsonText } from '../json.ts';
import type { FrontMatterBlock } from './frontMatterBlock.ts';
import type { Finding } from './problem.ts';

/** Front matter as plain values, with a way back from a value's path to its place in the file. */
export interface FrontMatterYaml {
  readonly value: unknown;
  /** Where the value begins, or its nearest ancestor that the file has. */
  valueAt(path: readonly PropertyKey[]): number;
  /** Where the key itself begins. */
  keyAt(path: readonly PropertyKey[]): number;
}

export type ReadYaml =
  | { readonly ok: true; readonly yaml: FrontMatterYaml }
  | { readonly ok: false; readonly findings: readonly Finding[] };

export function readFrontMatterYaml({ yaml, start }: FrontMatterBlock): ReadYaml {
  const document = parseDocument(yaml, { intAsBigInt: true, stringKeys: true, prettyErrors: false });
  const findings = syntaxFindings(document, yaml).map(({ at, message }) => ({ at: at + start, message }));
  if (findings.length > 0) return { ok: false, findings };
  keepDigits(document);
  return {
    ok: true,
    yaml: {
      value: document.toJS() ?? {},
      valueAt: (path) => start + (nearestNode(document, path)?.range?.[0] ?? yaml.search(/\S|$/)),
      keyAt: (path) => start + (keyNode(document, path)?.range?.[0] ?? yaml.search(/\S|$/)),
    },
  };
}

function syntaxFindings(document: Document, yaml: string): Finding[] {
  const findings = document.errors
    .filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ pos }) => {
      const key = /^[^\s:]+/.exec(yaml.slice(pos[0]))?.[0] ?? '';
      return { at: pos[0], message: `The key ${key} is there already: keep one of them.` };
    });
  // One slip makes the parser stumble again further on: of those only the first is worth reading.
  const slip = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (slip) {
    // What misses its end is found missing at the very end, beyond the last line.
    const at = Math.min(slip.pos[0], yaml.trimEnd().length);
    return [{ at, message: explain(slip, yaml) }, ...findings];
  }
  for (const { pos, message } of document.warnings) findings.push({ at: pos[0], message: `${message}.` });
  return [...findings, ...refusedNodes(document)];
}

function refusedNodes(document: Document): Finding[] {
  const findings: Finding[] = [];
  visit(document, {
    Alias: (_, { range, source }) => {
      findings.push({ at: range?.[0] ?? 0, message: `*${source} is an alias in YAML: ${QUOTE}` });
    },
    Scalar: (_, node) => {
      if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
        findings.push({ at: node.range?.[0] ?? 0, message: `${node.source} is no number that JSON has.` });
      }
    },
    Pair: (_, { key }) => {
      // Assigning to it would set a prototype instead of a value.
      if (isScalar(key) && key.value === '__proto__') {
        findings.push({ at: key.range?.[0] ?? 0, message: '"__proto__" cannot be a key.' });
      }
    },
  });
  return findings;
}

/** A double would round 1.10000000000000000001; whole numbers are bigint already. */
function keepDigits(document: Document): void {
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'number' || !/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(node.source ?? ''))
        return;
      node.value = new JsonText(node.source ?? '');
    },
  });
}

const QUOTE = 'put the value in quotes.';

function explain({ code, message, pos }: YAMLError, yaml: string): string {
  const lineStart = yaml.lastIndexOf('\n', pos[0] - 1) + 1;
  const line = yaml.slice(lineStart).split(/[\r\n]/, 1)[0] ?? '';
  // `schedule: */5 * * * *` is what most people write first.
  if (/:\s+\*/.test(line)) return `A plain value cannot begin with *, which YAML reads as an alias: ${QUOTE}`;
  if (code === 'BAD_SCALAR_START') return `${message}: ${QUOTE}`;
  if (code === 'BLOCK_AS_IMPLICIT_KEY')
    return `A plain value cannot hold ": ", which YAML reads as a key: ${QUOTE}`;
  return `This is not YAML: ${message}.`;
}

function nearestNode(document: Document, path: readonly PropertyKey[]) {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node;
  }
  return isNode(document.contents) ? document.contents : undefined;
}

function keyNode(document: Document, path: readonly PropertyKey[]) {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(
    (item) => isPair(item) && isScalar(item.key) && item.key.value === path.at(-1),
  );
  return isScalar(pair?.key) ? pair.key : undefined;
}
