import { didYouMean } from '../didYouMean.ts';
import type { Finding } from './problem.ts';
import { type SqlToken, sqlTokens } from './sqlTokens.ts';

/**
 * Finds nightshift.parameter('x') where the front matter declares no x, in statements and in the dollar-quoted
 * bodies of DO blocks and functions, which PostgreSQL would read only when they run. A name that is computed is
 * not judged.
 */
export async function undeclaredParameters(sql: string, declared: readonly string[]): Promise<Finding[]> {
  const tokens = ((await sqlTokens(sql)) ?? []).filter(({ kind }) => kind !== 'comment');
  const findings: Finding[] = [];
  for (const [index, token] of tokens.entries()) {
    const body = token.kind === 'string' ? /^(\$[^$]*\$)(.*)\1$/s.exec(token.text) : null;
    if (body) {
      const [, tag = '', inner = ''] = body;
      const inBody = await undeclaredParameters(inner, declared);
      findings.push(...inBody.map(({ at, message }) => ({ at: token.start + tag.length + at, message })));
    }
    const argument = isParameterCall(tokens, index) ? literalArgument(tokens, index + 4) : null;
    if (argument && !declared.includes(argument.name)) {
      findings.push({ at: argument.at, message: undeclared(argument.name, declared) });
    }
  }
  return findings;
}

function undeclared(name: string, declared: readonly string[]): string {
  const known = declared.length === 0 ? 'none' : declared.join(', ');
  const hint = didYouMean(name, declared) || ` Declared: ${known}.`;
  return `The front matter declares no parameter "${name}".${hint}`;
}

function isParameterCall(tokens: readonly SqlToken[], index: number): boolean {
  const [schema, dot, name, open] = tokens.slice(index, index + 4);
  return (
    isIdentifier(schema, 'nightshift') &&
    dot?.text === '.' &&
    isIdentifier(name, 'parameter') &&
    open?.text === '('
  );
}

const isIdentifier = (token: SqlToken | undefined, name: string) =>
  token?.text === `"${name}"` || token?.text.toLowerCase() === name;

/** The name in `('x')` or `(name => 'x')`; null for any other expression. */
function literalArgument(tokens: readonly SqlToken[], index: number): { name: string; at: number } | null {
  const isNamed = tokens[index + 1]?.text === '=>' || tokens[index + 1]?.text === ':=';
  const literal = tokens[isNamed ? index + 2 : index];
  const close = tokens[isNamed ? index + 3 : index + 1];
  if (!literal || close?.text !== ')' || !/^'.*'$/s.test(literal.text)) return null;
  return { name: literal.text.slice(1, -1).replaceAll("''", "'"), at: literal.start };
}
