-- ---
-- description: The customers who spent most in the last days; its rows are the result.
-- schedule: "0 7 * * MON"
-- timeZone: Europe/Berlin
-- parameters:
--   until: { type: date, default: yesterday, description: The last day that counts. }
--   days: { type: integer, default: 7, description: How many days count. }
--   top: { type: integer, default: 10 }
-- ---

SELECT c.customer_id, c.name, sum(t.orders)::bigint AS orders, sum(t.amount) AS amount
FROM order_totals AS t
JOIN customers AS c USING (customer_id)
-- Parameters, not now(): a run that comes late or is repeated reports the same days.
WHERE t.order_date <= nightshift.parameter('until')::date
  AND t.order_date > nightshift.parameter('until')::date - nightshift.parameter('days')::int
GROUP BY c.customer_id, c.name
ORDER BY amount DESC, c.customer_id
LIMIT nightshift.parameter('top')::int;
