-- ---
-- description: Roll a day's orders up into one row a customer.
-- schedule: "0 2 * * *"
-- timeZone: Europe/Berlin
-- parameters:
--   day: { type: date, default: yesterday, description: The day to roll up. }
-- ---

-- Run again for the same day, it writes the same rows: a correction is a message with another day.
INSERT INTO order_totals (customer_id, order_date, orders, amount)
SELECT customer_id, order_date, count(*), sum(amount)
FROM orders
WHERE order_date = nightshift.parameter('day')::date
  AND status <> 'cancelled'
GROUP BY customer_id, order_date
ON CONFLICT (customer_id, order_date)
DO UPDATE SET orders = excluded.orders, amount = excluded.amount;

-- Customers whose last order of the day was cancelled meanwhile have no total to keep.
DELETE FROM order_totals AS total
WHERE total.order_date = nightshift.parameter('day')::date
  AND NOT EXISTS (
    SELECT FROM orders
    WHERE orders.customer_id = total.customer_id
      AND orders.order_date = total.order_date
      AND orders.status <> 'cancelled'
  );

-- The last statement that returns rows is the run's result.
SELECT order_date, count(*) AS customers, sum(orders) AS orders, sum(amount) AS amount
FROM order_totals
WHERE order_date = nightshift.parameter('day')::date
GROUP BY order_date;
