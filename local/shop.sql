-- The database that the sample jobs work on: a shop with some 100,000 orders of the last 500 days, most of them
-- recent. The embedded stack and compose.yaml both fill `shop` with it; it takes about a second.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nightshift-app') THEN
    CREATE ROLE "nightshift-app" LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nightshift-query') THEN
    CREATE ROLE "nightshift-query" LOGIN;
  END IF;
END
$$;

CREATE TABLE customers (
  customer_id integer PRIMARY KEY,
  name        text    NOT NULL,
  country     text    NOT NULL
);

CREATE TABLE orders (
  order_id    bigint         PRIMARY KEY,
  customer_id integer        NOT NULL,
  order_date  date           NOT NULL,
  status      text           NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
  amount      numeric(12, 2) NOT NULL
);

CREATE TABLE order_totals (
  customer_id integer        NOT NULL,
  order_date  date           NOT NULL,
  orders      bigint         NOT NULL,
  amount      numeric(14, 2) NOT NULL,
  PRIMARY KEY (customer_id, order_date)
);

-- The same shop on every machine, but for the date.
SELECT setseed(0.42);

INSERT INTO customers
SELECT
  n,
  (ARRAY['Ada', 'Bo', 'Chidi', 'Dana', 'Emil', 'Fatma', 'Goran', 'Hana', 'Ines', 'Juri'])[1 + n % 10]
    || ' ' ||
  (ARRAY['Abel', 'Berg', 'Costa', 'Dietz', 'Evans', 'Fuchs', 'Garcia', 'Horn', 'Ito'])[1 + (n / 10) % 9],
  (ARRAY['DE', 'FR', 'ES', 'IT', 'NL', 'PL'])[1 + n % 6]
FROM generate_series(1, 2000) AS n;

INSERT INTO orders
SELECT
  n,
  -- Some customers order far more than others.
  1 + floor(2000 * power(random(), 2)),
  current_date - floor(500 * power(random(), 1.5))::integer,
  (ARRAY['cancelled', 'open', 'paid', 'paid', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped', 'shipped'])
    [1 + floor(10 * random())],
  round((5 + 495 * power(random(), 3))::numeric, 2)
FROM generate_series(1, 100000) AS n;

-- Keys and indexes after the rows: a third of the time.
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_totals ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ON orders (order_date);

-- Without statistics the first job would meet a planner that knows nothing.
ANALYZE;

GRANT SELECT, INSERT, UPDATE, DELETE ON customers, orders, order_totals TO "nightshift-app";
-- For VACUUM (ANALYZE) in purge-old-orders. PostgreSQL 17 and newer.
GRANT MAINTAIN ON orders TO "nightshift-app";
GRANT SELECT ON customers, orders, order_totals TO "nightshift-query";
