import type { Connection } from '../../lib/database/connection.ts';
import { SqlError } from '../../lib/database/databaseError.ts';
import { quoteIdentifier } from '../../lib/database/quote.ts';
import { placeInFrontMatter } from '../../lib/jobs/frontMatter.ts';
import type { Job } from '../../lib/jobs/job.ts';
import { byteOffsets, lineAndColumn, offsetOfCharacter } from '../../lib/jobs/position.ts';
import type { Problem } from '../../lib/jobs/problem.ts';
import { type ParsedStatement, splitStatements } from '../../lib/jobs/sqlStatements.ts';
import type { Severity } from '../output/problems.ts';
import { checkStatement, EXPLAIN, type Lack } from './checkStatement.ts';
import { sampleParameters } from './sampleParameters.ts';
import { type StatementCheck, statementCheck } from './statementCheck.ts';
import { changedNames, referencedNames } from './statementNames.ts';

export type FoundProblem = readonly [Problem, Severity];

/**
 * Asks a database about a job's SQL, without running any of it: in a transaction that may not write and is rolled
 * back, as the job's role and with values for its parameters.
 *
 * @throws DatabaseError where the connection is lost
 */
export async function checkJob(connection: Connection, job: Job, nowMs: number): Promise<FoundProblem[]> {
  const split = await splitStatements(job.sql);
  if (!split.ok) throw new Error(`${job.file} was compiled and cannot be parsed.`);
  await connection.query('BEGIN READ ONLY');
  try {
    await connection.query(SETTINGS, [
      JSON.stringify(sampleParameters(job, nowMs)),
      new Date(nowMs).toISOString(),
    ]);
    const refused = await takeRole(connection, job);
    return refused ?? (await checkStatements(connection, job, split.statements));
  } finally {
    await connection.command('ROLLBACK');
  }
}

/** What begin_run sets for a run; and patience, as a table may be locked by whoever is at work. */
const SETTINGS = `
SELECT set_config('nightshift.parameters', $1, true), set_config('nightshift.run_id', 'validate', true),
       set_config('nightshift.scheduled_for', $2, true), set_config('nightshift.attempt', '1', true),
       set_config('lock_timeout', '3s', true), set_config('statement_timeout', '20s', true)`;

/** Null: it was taken, or the job has none. */
async function takeRole(connection: Connection, job: Job): Promise<FoundProblem[] | null> {
  if (job.role === null) return null;
  try {
    await connection.query(`SET LOCAL ROLE ${quoteIdentifier(job.role)}`);
    return null;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const cure = error.sqlState === '42501' ? ` GRANT ${quoteIdentifier(job.role)} TO the app's login.` : '';
    const place = placeInFrontMatter(job.sql, ['role']);
    return [[{ file: job.file, ...place, message: `role: ${error.message}.${cure}` }, 'error']];
  }
}

async function checkStatements(
  connection: Connection,
  job: Job,
  statements: readonly ParsedStatement[],
): Promise<FoundProblem[]> {
  const found: FoundProblem[] = [];
  const before: EarlierStatement[] = [];
  for (const statement of statements) {
    const { node, start, end } = statement;
    const check = statementCheck(node);
    const maker = makerOf(statement, before);
    found.push(...(await ask(connection, job, statement, check, maker)));
    const changes = changedNames(node);
    if (changes === 'everything' || changes.size > 0) {
      before.push({ changes, text: job.sql.slice(start, end), line: lineAndColumn(job.sql, start).line });
    }
  }
  return found;
}

interface EarlierStatement {
  readonly changes: ReadonlySet<string> | 'everything';
  readonly text: string;
  readonly line: number;
}

/** The earlier statement, not run here, that may make what a later one names. */
function makerOf({ node }: ParsedStatement, before: readonly EarlierStatement[]): EarlierStatement | null {
  const names = [...referencedNames(node)];
  return (
    before.findLast(({ changes }) => changes === 'everything' || names.some((name) => changes.has(name))) ??
    null
  );
}

async function ask(
  connection: Connection,
  job: Job,
  { start, end }: ParsedStatement,
  check: StatementCheck,
  maker: EarlierStatement | null,
): Promise<FoundProblem[]> {
  const text = job.sql.slice(start, end);
  const problem = (offset: number, severity: Severity, message: string): FoundProblem => [
    { file: job.file, ...lineAndColumn(job.sql, offset), message },
    severity,
  ];
  const unchecked = (offset: number, why: string) =>
    problem(offset, 'warning', `Could not be checked: ${why}`);
  if (check.by === 'nothing') return [problem(start, 'note', `${commandOf(text)} is not checked.`)];

  await connection.query('SAVEPOINT statement');
  try {
    const lacks = await checkStatement(connection, text, check);
    await connection.query('RELEASE SAVEPOINT statement');
    const offsetOf = byteOffsets(job.sql);
    return lacks.map(({ message, location, isUnknownName }: Lack) => {
      const at = location === null ? start : offsetOf(location);
      return isUnknownName && maker !== null
        ? unchecked(at, `${message} ${mayMake(maker)}`)
        : problem(at, 'error', message);
    });
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT statement');
    const { position, hint } = error.fields;
    const prefix = check.by === 'explain' ? EXPLAIN : '';
    const at =
      position === null
        ? start
        : start + Math.max(offsetOfCharacter(prefix + text, position) - prefix.length, 0);
    const told = `${error.message} (SQLSTATE ${error.sqlState}).${hint === null ? '' : ` ${hint}`}${grantFor(error, job)}`;
    if (maker !== null && MAY_BE_MADE.test(error.sqlState))
      return [unchecked(at, `${told} ${mayMake(maker)}`)];
    return [isWrong(error) ? problem(at, 'error', told) : unchecked(at, told)];
  }
}

/**
 * Class 42, syntax error or access rule violation, and names of the other classes: postgresql.org/docs/current/
 * errcodes-appendix.html; and a literal that is none of its type, which is told with its place. All else hangs on
 * values, locks and the time of day.
 */
const isWrong = ({ sqlState, fields }: SqlError) =>
  /^(42|0A|3D|3F|26|34)/.test(sqlState) || (sqlState.startsWith('22') && fields.position !== null);
/** The same without a missing right: what is there already is not made by an earlier statement. */
const MAY_BE_MADE = /^(42(?!501)|3F|26|34|22023)/;

const mayMake = ({ text, line }: EarlierStatement) =>
  `${commandOf(text)} in line ${line}, which is not run here, may change that.`;

const grantFor = ({ sqlState }: SqlError, { role }: Job) =>
  sqlState === '42501' ? ` Grant it to ${role ?? "the app's login"}.` : '';

/** `CREATE TABLE`, `DO`: as it is written, in capitals. */
function commandOf(text: string): string {
  const [, first = '', second] = /^(\w+)(?:\s+([a-z]+)\b)?/i.exec(text) ?? [];
  const hasTwo = /^(create|alter|drop|refresh)$/i.test(first) && second !== undefined;
  return `${first}${hasTwo ? ` ${second}` : ''}`.toUpperCase();
}
