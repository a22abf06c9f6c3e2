-- ---
-- description: The customers who spent most in the last days; its rows are the result.
-- schedule: "0 7 * * MON"
-- timeZone: Europe/Berlin
-- parameters:
--   days: { type: integer, default: 7, description: How many days back to look. }
--   limit: { type: integer, default: 10 }
-- ---

SELECT c.customer_id, c.name, sum(t.orders) AS orders, sum(t.amount) AS amount
FROM order_totals AS t
JOIN customers AS c USING (customer_id)
-- scheduled_for, not now(): a run that comes late or is repeated still reports the same days.
WHERE t.order_date < (nightshift.scheduled_for() AT TIME ZONE 'Europe/Berlin')::date
  AND t.order_date >= (nightshift.scheduled_for() AT TIME ZONE 'Europe/Berlin')::date
    - nightshift.parameter('days')::int
GROUP BY c.customer_id, c.name
ORDER BY amount DESC, c.customer_id
LIMIT nightshift.parameter('limit')::int;
