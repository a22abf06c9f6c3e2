import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { compileCatalog } from '../../src/lib/jobs/catalog.ts';
import type { Job } from '../../src/lib/jobs/job.ts';
import { resolveParameters } from '../../src/lib/jobs/parameters.ts';
import type { JsonValue } from '../../src/lib/json.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { APP_LOGIN } from '../support/template.ts';

const root = join(import.meta.dirname, '../..');

/** Midday of 2 March in Berlin: yesterday is the first. */
const NOW = Date.parse('2026-03-02T11:00Z');

let database: TestDatabase;
let client: pg.Client;
let jobs: readonly Job[] = [];

beforeAll(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl });
  await client.connect();
  await client.query(await readFile(join(root, 'local/shop.sql'), 'utf8'));
  const compiled = await compileCatalog(root);
  jobs = compiled.ok ? compiled.catalog.jobs : [];
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

beforeEach(async () => {
  await client.query(`
    TRUNCATE orders, order_totals;
    INSERT INTO orders (order_id, customer_id, order_date, amount, status) VALUES
      (1, 1, '2026-03-01', 10.10, 'paid'), (2, 1, '2026-03-01', 0.20, 'paid'), (3, 2, '2026-03-01', 99, 'cancelled'),
      (4, 3, '2026-03-01', 5, 'open'), (5, 1, '2026-02-28', 7, 'paid');
  `);
});

/** Runs a job as the app would, with its rights, statement by statement; gives the rows of the last. */
async function run(name: string, given: Record<string, JsonValue> = {}): Promise<unknown[]> {
  const job = jobs.find((each) => each.name === name);
  if (!job) throw new Error(`There is no job ${name}.`);
  const parameters = resolveParameters(job, given, NOW);
  if (!parameters.ok) throw new Error(JSON.stringify(parameters.problems));
  await client.query("SELECT set_config('nightshift.parameters', $1, false)", [
    JSON.stringify(parameters.values),
  ]);
  await client.query(`SET ROLE "${APP_LOGIN}"`);
  try {
    let rows: unknown[] = [];
    for (const { start, end } of job.statements) {
      rows = (await client.query({ text: job.sql.slice(start, end), rowMode: 'array' })).rows;
    }
    return rows;
  } finally {
    await client.query('RESET ROLE');
  }
}

const totals = async () =>
  (
    await client.query({
      text: 'SELECT customer_id, order_date::text, orders, amount FROM order_totals ORDER BY 1, 2',
      rowMode: 'array',
    })
  ).rows;

test('the roll-up writes the same rows however often it runs, and takes back what was cancelled', async () => {
  const [result] = await run('nightly-order-totals');
  expect(result).toEqual([expect.any(Date), '2', '3', '15.30']);
  const expected = [
    [1, '2026-03-01', '2', '10.30'],
    [3, '2026-03-01', '1', '5.00'],
  ];
  expect(await totals()).toEqual(expected);
  await run('nightly-order-totals');
  expect(await totals()).toEqual(expected);

  await client.query("UPDATE orders SET status = 'cancelled' WHERE customer_id = 3");
  await run('nightly-order-totals', { day: '2026-03-01' });
  expect(await totals()).toEqual(expected.slice(0, 1));
});

test('the check passes good orders, and fails with what to do about bad ones', async () => {
  await run('check-orders');
  await client.query('UPDATE orders SET amount = 0 WHERE customer_id = 3');
  await expect(run('check-orders')).rejects.toMatchObject({
    code: 'P0001',
    message: '1 of 4 orders on 2026-03-01 have an amount of zero or less',
    detail: 'The first is order 4.',
    hint: expect.stringContaining('nightly-order-totals'),
  });
  await expect(run('check-orders', { day: '2026-01-01' })).rejects.toMatchObject({
    message: 'No orders at all on 2026-01-01',
    hint: expect.stringContaining('import of orders'),
  });
});

test('the purge deletes cancelled orders beyond the retention, all of them, and nothing else', async () => {
  await client.query(`
    INSERT INTO orders (order_id, customer_id, order_date, amount, status)
    SELECT n, 1, '2020-01-01', 1, CASE n WHEN 100 THEN 'paid' ELSE 'cancelled' END FROM generate_series(100, 2600) AS n
  `);
  await run('purge-old-orders', { keep_days: 365 });
  const { rows } = await client.query("SELECT count(*) FROM orders WHERE order_date < '2026-01-01'");
  expect(rows).toEqual([{ count: '1' }]);
  await run('purge-old-orders', { keep_days: 365 });
});

test('the report is about the days asked for, the greatest first', async () => {
  await run('nightly-order-totals', { day: '2026-02-28' });
  await run('nightly-order-totals');
  expect(await run('top-customers')).toEqual([
    [1, 'Bo Abel', '3', '17.30'],
    [3, 'Dana Abel', '1', '5.00'],
  ]);
  expect(await run('top-customers', { days: 1, top: 1 })).toEqual([[1, 'Bo Abel', '2', '10.30']]);
});

test('the shop as it is delivered has work for all of them', async () => {
  await client.query('DROP TABLE order_totals, orders, customers');
  await client.query(await readFile(join(root, 'local/shop.sql'), 'utf8'));
  const { rows } = await client.query<{ day: string }>('SELECT (current_date - 1)::text AS day');
  const day = rows[0]?.day ?? '';
  const [total] = await run('nightly-order-totals', { day });
  expect(total).toBeDefined();
  await run('check-orders', { day });
  await run('purge-old-orders');
  expect(await run('top-customers', { until: day })).toHaveLength(10);
});
