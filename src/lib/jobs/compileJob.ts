import { decodeFile } from './decodeFile.ts';
import { doBlockFinding } from './doBlock.ts';
import { readFrontMatter } from './frontMatter.ts';
import type { Job } from './job.ts';
import { lineAndColumn } from './position.ts';
import type { Finding, Problem } from './problem.ts';
import { undeclaredParameters } from './sqlParameters.ts';
import { refusal } from './sqlRules.ts';
import { splitStatements } from './sqlStatements.ts';

export type CompiledJob =
  | { readonly ok: true; readonly job: Job }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Makes a job of one file's bytes, or tells everything that is wrong with it, in the file's order.
 * @param longestTimeoutMs what the Functions host allows
 */
export async function compileJob(
  name: string,
  file: string,
  bytes: Uint8Array,
  longestTimeoutMs: number,
): Promise<CompiledJob> {
  const decoded = decodeFile(bytes);
  const sql = decoded.text;
  const fail = (findings: readonly Finding[]): CompiledJob => ({
    ok: false,
    problems: findings
      .toSorted((a, b) => a.at - b.at)
      .map(({ at, message }) => ({ file, ...lineAndColumn(sql, at), message })),
  });
  if (!decoded.ok) return fail([decoded.finding]);

  const { frontMatter, findings } = readFrontMatter(sql, longestTimeoutMs);
  const split = await splitStatements(sql);
  if (!split.ok) return fail([...findings, split.finding]);
  if (split.statements.length === 0) {
    return fail([
      ...findings,
      { at: sql.trimEnd().length, message: 'This file has no SQL statement to run.' },
    ]);
  }
  // Which statements and parameters are allowed is the front matter's to say.
  if (frontMatter === null) return fail(findings);
  const { transaction } = frontMatter;
  const inBlocks = await Promise.all(
    split.statements.map((statement) => doBlockFinding(sql, statement, transaction)),
  );
  const inSql = [
    ...split.statements.flatMap(({ start, node }) => {
      const message = refusal(node, transaction);
      return message === null ? [] : [{ at: start, message }];
    }),
    ...inBlocks.filter((finding) => finding !== null),
    ...(await undeclaredParameters(sql, Object.keys(frontMatter.parameters))),
  ];
  if (inSql.length > 0) return fail(inSql);
  const statements = split.statements.map(({ start, end }) => ({ start, end }));
  return { ok: true, job: { name, file, sql, statements, ...frontMatter } };
}
