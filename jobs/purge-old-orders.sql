-- ---
-- description: Delete cancelled orders that are older than the retention, a batch at a time.
-- schedule: "30 3 * * SUN"
-- timeZone: Europe/Berlin
-- timeout: 20m
-- transaction: false               # each batch commits by itself, so locks are short and a retry goes on
-- parameters:
--   keep_days: { type: integer, default: 365, description: How many days to keep. }
-- ---

DO $$
DECLARE
  -- Read once: COMMIT below begins a new transaction each time.
  oldest date := current_date - nightshift.parameter('keep_days')::int;
  deleted bigint;
BEGIN
  LOOP
    DELETE FROM orders
    WHERE order_id IN (
      SELECT order_id
      FROM orders
      WHERE status = 'cancelled' AND order_date < oldest
      ORDER BY order_id
      LIMIT 1000
      FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS deleted = ROW_COUNT;
    COMMIT;
    EXIT WHEN deleted = 0;
  END LOOP;
END
$$;

-- Outside a transaction only, which is the other reason for transaction: false.
VACUUM (ANALYZE) orders;
