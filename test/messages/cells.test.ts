import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toJson } from '../../src/lib/json.ts';
import { elementType, typeName } from '../../src/lib/messages/builtinTypes.ts';
import { cellFromText } from '../../src/lib/messages/cells.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { storableText } from './anyText.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  const types = { getTypeParser: () => (text: string | Buffer) => text };
  client = new pg.Client({ connectionString: database.ownerUrl, types: types as never });
  await client.connect();
  // As every session of Nightshift is set.
  await client.query(
    "SET datestyle = ISO; SET timezone = 'UTC'; SET intervalstyle = iso_8601; SET extra_float_digits = 1",
  );
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What a value of PostgreSQL becomes in an event. */
async function cell(expression: string, values: unknown[] = []): Promise<string> {
  const { rows, fields } = await client.query({ text: `SELECT ${expression}`, values, rowMode: 'array' });
  return toJson(cellFromText(fields[0]?.dataTypeID ?? 0, rows[0]?.[0] ?? null));
}

describe('a value of PostgreSQL becomes JSON', () => {
  it.each([
    ['NULL::integer', 'null'],
    ['true', 'true'],
    ['false', 'false'],
    ['42::smallint', '42'],
    ['-2147483648', '-2147483648'],
    ['9223372036854775807', '"9223372036854775807"'],
    ['1.10', '"1.10"'],
    ["'NaN'::numeric", '"NaN"'],
    ['123456789012345678901234567890.123456789', '"123456789012345678901234567890.123456789"'],
    ['4294967295::oid', '4294967295'],
    ["'18446744073709551615'::xid8", '"18446744073709551615"'],
    ['0.1::real', '0.1'],
    ['0.1::float8 + 0.2::float8', '0.30000000000000004'],
    ['1e-300::float8', '1e-300'],
    ["'-0'::float8", '-0'],
    ["'NaN'::float8", '"NaN"'],
    ["'-Infinity'::real", '"-Infinity"'],
    ["'Zürich 東京 🌙 \"'", '"Zürich 東京 🌙 \\""'],
    ["'\\x00ff10'::bytea", '"AP8Q"'],
    ["''::bytea", '""'],
    ["'2026-03-01'::date", '"2026-03-01"'],
    ["'0044-03-15 BC'::date", '"-000043-03-15"'],
    ["'0001-01-01 BC'::date", '"0000-01-01"'],
    ["'12345-01-01'::date", '"+012345-01-01"'],
    ["'infinity'::date", '"infinity"'],
    ["'2026-03-01 02:00:00.123456'::timestamp", '"2026-03-01T02:00:00.123456"'],
    ["'2026-03-01 02:00:00.5+02'::timestamptz", '"2026-03-01T00:00:00.5Z"'],
    ["'0044-03-15 12:00 BC'::timestamp", '"-000043-03-15T12:00:00"'],
    ["'-infinity'::timestamptz", '"-infinity"'],
    ["'02:00:00.000001'::time", '"02:00:00.000001"'],
    ["'24:00'::time", '"24:00:00"'],
    ["'02:00+00'::timetz", '"02:00:00Z"'],
    ["'02:00+05:30'::timetz", '"02:00:00+05:30"'],
    ["'1 year 2 days 00:00:01.5'::interval", '"P1Y2DT1.5S"'],
    ["'a5cb1a2e-1f0b-4d6e-9f3e-111111111111'::uuid", '"a5cb1a2e-1f0b-4d6e-9f3e-111111111111"'],
    [`'{"b":12345678901234567890, "a":1.10}'::jsonb`, '{"a": 1.10, "b": 12345678901234567890}'],
    [`'{"b":1,"b":2, "1":3}'::json`, '{"b":1,"b":2, "1":3}'],
    ["'null'::jsonb", 'null'],
    ["'[1,5)'::int4range", '"[1,5)"'],
    ["'(1,2)'::point", '"(1,2)"'],
    ["ROW(1,'a')", '"(1,a)"'],
    ["'{}'::text[]", '[]'],
    ["ARRAY['a b','NULL',NULL,'\"']", '["a b","NULL",null,"\\""]'],
    ['ARRAY[[1,2],[3,4]]', '[[1,2],[3,4]]'],
    ["'[0:1]={1,2}'::bigint[]", '["1","2"]'],
    ["ARRAY['2026-03-01 02:00'::timestamptz]", '["2026-03-01T02:00:00Z"]'],
    [`ARRAY['{"a": 12345678901234567890}'::jsonb]`, '[{"a": 12345678901234567890}]'],
    ["ARRAY['\\x00'::bytea, NULL]", '["AA==",null]'],
    ["ARRAY['(1,1),(0,0)'::box, '(2,2),(1,1)'::box]", '["(1,1),(0,0)","(2,2),(1,1)"]'],
    ['ARRAY[true,false]', '[true,false]'],
  ])('%s', async (expression, json) => {
    expect(await cell(expression)).toBe(json);
  });

  it('text, for a type that only this database knows', async () => {
    await client.query("CREATE TYPE mood AS ENUM ('fine', 'so, so'); CREATE DOMAIN cents AS bigint");
    expect(await cell("'so, so'::mood")).toBe('"so, so"');
    expect(await cell("ARRAY['so, so'::mood]")).toBe('"{\\"so, so\\"}"');
    // A row description names a domain's base type.
    expect(await cell('5::cents')).toBe('"5"');
  });

  it('as it is, where a job has set another style', async () => {
    await client.query('BEGIN; SET LOCAL datestyle = German; SET LOCAL bytea_output = escape');
    expect(await cell("'2026-03-01 02:00'::timestamp")).toBe('"01.03.2026 02:00:00"');
    expect(await cell("'\\x00ff5c61'::bytea")).toBe('"AP9cYQ=="');
    await client.query('ROLLBACK');
    await client.query("BEGIN; SET LOCAL timezone = 'Asia/Kolkata'");
    expect(await cell("'2026-03-01 02:00Z'::timestamptz")).toBe('"2026-03-01T07:30:00+05:30"');
    await client.query('ROLLBACK');
  });
});

describe('nothing is lost on the way', () => {
  const onServer = { numRuns: 100 };

  it('of text', async () => {
    const text = storableText(200);
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        expect(JSON.parse(await cell('$1::text', [value]))).toBe(value);
      }),
      onServer,
    );
  });

  it('of arrays of text', async () => {
    const text = fc.option(storableText(20));
    await fc.assert(
      fc.asyncProperty(fc.array(text), async (values) => {
        expect(JSON.parse(await cell('$1::text[]', [values]))).toEqual(values);
      }),
      onServer,
    );
  });

  it('of bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const base64 = JSON.parse(await cell('$1::bytea', [Buffer.from(bytes)]));
        expect(Buffer.from(base64, 'base64')).toEqual(Buffer.from(bytes));
      }),
      onServer,
    );
  });

  it('of floats', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (value) => {
        expect(JSON.parse(await cell('$1::float8', [toJson(value)]))).toBe(value);
      }),
      onServer,
    );
  });

  it('of integers', async () => {
    const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    await fc.assert(
      fc.asyncProperty(bigint, async (value) => {
        expect(BigInt(JSON.parse(await cell('$1::bigint', [value.toString()])))).toBe(value);
      }),
      onServer,
    );
  });

  it('of instants', async () => {
    // All that a Date can hold and PostgreSQL too.
    const date = fc.date({
      min: new Date('-004712-01-01T00:00:00Z'),
      max: new Date('+275000-01-01T00:00:00Z'),
      noInvalidDate: true,
    });
    await fc.assert(
      fc.asyncProperty(date, async (value) => {
        const seconds = (value.getTime() / 1000).toFixed(3);
        // make_interval and to_timestamp go through floats: add exactly instead.
        const iso = JSON.parse(await cell(`timestamptz 'epoch' + ($1::text || ' s')::interval`, [seconds]));
        expect(Date.parse(iso)).toBe(value.getTime());
      }),
      onServer,
    );
  });

  it('of jsonb', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'grapheme' }), async (value) => {
        const json = JSON.stringify(value);
        const back = await cell('$1::jsonb', [json]);
        const [same] = (await client.query('SELECT $1::jsonb = $2::jsonb AS same', [json, back])).rows;
        expect(same.same).toBe('t');
      }),
      onServer,
    );
  });
});

describe('typeName', () => {
  it('says of every built-in type what PostgreSQL says', async () => {
    const { rows } = await client.query(`
      SELECT t.oid, format_type(t.oid, NULL) AS name, t.typelem, t.typcategory
      FROM pg_type t
      WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typrelid = 0
        AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typrelid <> 0)`);
    const known = rows.filter(({ oid }) => !typeName(Number(oid)).startsWith('oid '));
    expect(known.length).toBeGreaterThan(140);
    for (const { oid, name, typelem } of known) {
      expect(typeName(Number(oid))).toBe(name);
      if (name.endsWith('[]')) expect(elementType(Number(oid))).toBe(Number(typelem));
      else expect(elementType(Number(oid))).toBeNull();
    }
    // What is left is what no column of a result has.
    const unknown = rows.filter(({ oid }) => typeName(Number(oid)).startsWith('oid '));
    expect(
      unknown.filter(({ typcategory }) => !['P', 'Z'].includes(typcategory)).map(({ name }) => name),
    ).toEqual(['unknown', 'gtsvector', 'gtsvector[]', 'cstring[]']);
  });

  it('gives the number of a type that it does not know', () => {
    expect(typeName(12_345)).toBe('oid 12345');
  });
});
