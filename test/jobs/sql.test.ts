import { describe, expect, test } from 'vitest';
import { compileJob } from '../../src/lib/jobs/compileJob.ts';
import { splitStatements } from '../../src/lib/jobs/sqlStatements.ts';
import { INSIDE_TOO, OUTSIDE_ONLY } from './transactionStatements.ts';

const split = async (sql: string) => {
  const result = await splitStatements(sql);
  return result.ok ? result.statements.map(({ start, end }) => sql.slice(start, end)) : result.finding;
};

describe('SQL is split where PostgreSQL would split it', () => {
  test.each([
    [
      'semicolons in strings, quotes, comments and bodies split nothing',
      `SELECT ';', $$;$$, ";" /*;*/ FROM t; -- ;\nSELECT 2`,
      [`SELECT ';', $$;$$, ";" /*;*/ FROM t`, 'SELECT 2'],
    ],
    [
      'comments and space around a statement are not its own',
      '-- a\n SELECT 1 /* b */ ; ;; -- c\nSELECT 2 -- d\n',
      ['SELECT 1', 'SELECT 2'],
    ],
    [
      'SQL-standard bodies',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3',
      ['CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END', 'SELECT 3'],
    ],
    [
      'offsets are UTF-16 whatever the bytes',
      "SELECT '€😀é'; SELECT 'ü' AS \"ß\";",
      ["SELECT '€😀é'", 'SELECT \'ü\' AS "ß"'],
    ],
    [
      'control characters in strings',
      "SELECT '\u0001\u001f'; SELECT\f2",
      ["SELECT '\u0001\u001f'", 'SELECT\f2'],
    ],
    ['comments alone are no statement', '-- nothing\n/* at all */', []],
    ['nothing', '', []],
  ])('%s', async (_, sql, expected) => {
    expect(await split(sql)).toEqual(expected);
  });

  test.each([
    ["SELECT '😀é'; SELCT 2", 14, 'syntax error at or near "SELCT".'],
    ["SELECT 'a", 7, 'unterminated quoted string'],
    ['SELECT 1; /* a', 10, 'unterminated /* comment'],
    ['SELECT 1 +', 10, 'syntax error at end of input.'],
    ['SELECT 1\0; SELECT 2', 8, 'SQL cannot hold the character U+0000.'],
    ['\\copy t from t.csv', 0, '\\copy is a command of psql, not SQL'],
    ['SELECT 1 \\gset', 9, '\\gset is a command of psql, not SQL'],
    ["SELECT :'day'::date", 7, "psql's variables do not exist here"],
    ['COPY t FROM STDIN;\n1\tx\n\\.\n', 19, 'Rows after COPY ... FROM STDIN'],
  ])('%j is a syntax error at %i', async (sql, at, message) => {
    const found = await split(sql);
    expect(found).toMatchObject({ at, message: expect.stringContaining(message) });
  });
});

test('SQL that nests without end is told, and does no harm to the next', async () => {
  expect(await split(`SELECT 1${'+1'.repeat(50_000)}`)).toMatchObject({
    at: 0,
    message: expect.stringContaining('too deeply'),
  });
  expect(await split(`SELECT ${'('.repeat(50_000)}`)).toMatchObject({
    message: expect.stringContaining('memory exhausted'),
  });
  expect(await split('SELECT 1')).toEqual(['SELECT 1']);
});

const problems = async (sql: string, ...frontMatter: string[]) => {
  const text =
    frontMatter.length > 0
      ? `-- ---\n${frontMatter.map((line) => `-- ${line}\n`).join('')}-- ---\n${sql}`
      : sql;
  const compiled = await compileJob(
    'a',
    'jobs/a.sql',
    new TextEncoder().encode(text),
    Number.POSITIVE_INFINITY,
  );
  return compiled.ok
    ? []
    : compiled.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe('in a job with a transaction', () => {
  test.each([
    'BEGIN',
    'START TRANSACTION',
    'COMMIT',
    'COMMIT AND CHAIN',
    'END',
    'ROLLBACK',
    'ABORT',
    "PREPARE TRANSACTION 'x'",
    "COMMIT PREPARED 'x'",
    "ROLLBACK PREPARED 'x'",
  ])('%s is refused, with the reason', async (sql) => {
    const [problem] = await problems(`SELECT 1;\n  ${sql};`);
    expect(problem).toMatch(/^2:3 .*cannot stand in a job: the whole job runs in one transaction/);
  });

  test.each(OUTSIDE_ONLY)('%s is refused, and told what to set', async (sql) => {
    const [problem] = await problems(`${sql};`);
    expect(problem).toMatch(/^1:1 .* cannot run inside a transaction: set transaction: false\.$/);
    expect(await problems(`${sql};`, 'transaction: false')).toEqual([]);
  });

  test.each(INSIDE_TOO)('%s is fine', async (sql) => {
    expect(await problems(`${sql};`)).toEqual([]);
  });

  test('the isolation is set in the front matter, where it still counts', async () => {
    expect(await problems('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')).toEqual([
      '1:1 SET TRANSACTION comes too late here: set isolation in the front matter.',
    ]);
  });
});

describe('in a job without a transaction', () => {
  test.each([
    ['BEGIN', 'each statement is a transaction of its own'],
    ['COMMIT', 'each statement is a transaction of its own'],
    ['SAVEPOINT a', 'each statement is a transaction of its own'],
    ["SET LOCAL work_mem = '1MB'", 'use SET.'],
    ['LOCK t', 'it locks nothing'],
    ['SET CONSTRAINTS ALL DEFERRED', 'it defers nothing'],
    ['SET TRANSACTION READ ONLY', 'use SET SESSION CHARACTERISTICS.'],
    ['DECLARE c CURSOR FOR SELECT 1', 'declare it WITH HOLD.'],
  ])('%s would have no meaning', async (sql, message) => {
    expect((await problems(sql, 'transaction: false'))[0]).toContain(message);
  });

  test.each([
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    'DO $$ BEGIN COMMIT; END $$',
  ])('%s has', async (sql) => {
    expect(await problems(sql, 'transaction: false')).toEqual([]);
  });
});

describe('inside a DO block', () => {
  const end = 'cannot stand in a job: the whole job runs in one transaction';

  test.each([
    ['DO $$ BEGIN COMMIT; END $$', `1:13 COMMIT ${end}`],
    ['SELECT 1;\nDO $x$\nBEGIN\n  IF true THEN\n    rollback;\n  END IF;\nEND $x$;', `5:5 ROLLBACK ${end}`],
    ['DO $$\r\nBEGIN\r\n  PERFORM 1;\r\n  COMMIT AND CHAIN;\r\nEND\r\n$$;', `4:3 COMMIT ${end}`],
    ["DO LANGUAGE plpgsql 'BEGIN PERFORM ''x''; COMMIT; END'", `1:1 COMMIT ${end}`],
    [
      'DO $$ BEGIN\n  SELCT 1;\nEND $$',
      '2:3 syntax error at or near "SELCT", in the PL/pgSQL of this DO block.',
    ],
    ['DO $$ BEGIN\n  PERFORM 1 FORM t; END $$', '2:18 syntax error at or near "t"'],
    ['DO $$ BEGIN\n  IF true THEN NULL; END IF\nEND $$', '1:1 syntax error at or near "END"'],
    ['SELECT 1; DO $$ $$', '1:11 syntax error at end of input, in the PL/pgSQL'],
  ])('%j: %s', async (sql, expected) => {
    expect((await problems(sql))[0]).toContain(expected);
  });

  test('it is read without a transaction as well, where it may commit', async () => {
    expect(await problems('DO $$ BEGIN COMMIT; END $$', 'transaction: false')).toEqual([]);
    expect((await problems('DO $$ BEGIN COMIT; END $$', 'transaction: false'))[0]).toContain('near "COMIT"');
  });

  test.each([
    // Without a catalog the parser calls these fields unknown variables.
    'DO $$ DECLARE r t%ROWTYPE; BEGIN r.a := 1; COMMIT; END $$',
    'DO $$ DECLARE n t.a%TYPE; c refcursor; BEGIN OPEN c FOR SELECT 1; FETCH c INTO n; END $$',
    "DO $$ BEGIN RAISE NOTICE 'COMMIT; %', 'ROLLBACK'; -- COMMIT;\nEND $$",
    'DO LANGUAGE plperl $$ commit; $$',
    "DO $$ BEGIN EXECUTE 'COMMIT'; END $$",
  ])('%j is left to the server', async (sql) => {
    expect(await problems(sql)).toEqual([]);
  });
});

test.each(['COPY t FROM STDIN', 'COPY t TO STDOUT', 'COPY (SELECT 1) TO STDOUT'])(
  '%s has no client',
  async (sql) => {
    expect((await problems(sql))[0]).toContain('COPY to or from the client has none here');
    expect((await problems(sql, 'transaction: false'))[0]).toContain(
      'COPY to or from the client has none here',
    );
  },
);

describe('a parameter that the front matter does not declare', () => {
  const declared = 'parameters: { day: date }';

  test.each([
    [
      "SELECT nightshift.parameter('dya')",
      '4:29 The front matter declares no parameter "dya". Did you mean "day"?',
    ],
    [
      "SELECT NightShift . Parameter ( /* which */ 'other' )",
      '4:45 The front matter declares no parameter "other". Declared: day.',
    ],
    ["SELECT nightshift.parameter(name => 'x')", '4:37 The front matter declares no parameter "x".'],
    [
      "DO $f$\nBEGIN\n  PERFORM nightshift.parameter('é'), nightshift.parameter('x');\nEND $f$",
      '6:32 The front matter declares no parameter "é".',
    ],
  ])('%j', async (sql, expected) => {
    expect((await problems(sql, declared))[0]).toContain(expected);
  });

  test.each([
    "SELECT nightshift.parameter('day')",
    "SELECT nightshift.parameter('d' || 'ya')",
    'SELECT nightshift.parameter(name) FROM names',
    "SELECT other.parameter('x'), parameter('x')",
    "-- nightshift.parameter('x')\nSELECT 'nightshift.parameter(''x'')'",
  ])('%j is not one', async (sql) => {
    expect(await problems(sql, declared)).toEqual([]);
  });

  test('all that is wrong with the SQL comes at once', async () => {
    const found = await problems("COMMIT;\nSELECT nightshift.parameter('x');\nVACUUM;");
    expect(found.map((problem) => problem.split(' ', 1)[0])).toEqual(['1:1', '2:29', '3:1']);
  });
});

test.each(['', ' \n', '-- only a comment\n', '-- ---\n-- role: x\n-- ---\n;;'])(
  '%j has no SQL to run',
  async (text) => {
    expect((await problems(text))[0]).toContain('This file has no SQL statement to run.');
  },
);
