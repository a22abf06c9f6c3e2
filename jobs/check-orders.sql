-- ---
-- description: Fail, with what to do about it, when yesterday's orders cannot be right.
-- after: [nightly-order-totals]    # when it has succeeded, for the same day
-- timeZone: Europe/Berlin
-- isolation: repeatable read       # all checks look at the same moment
-- parameters:
--   day: { type: date, default: yesterday }
-- ---

DO $$
DECLARE
  day date := nightshift.parameter('day')::date;
  orders_of_day bigint;
  bad_amounts bigint;
  example bigint;
BEGIN
  SELECT count(*), count(*) FILTER (WHERE amount <= 0), min(order_id) FILTER (WHERE amount <= 0)
  INTO orders_of_day, bad_amounts, example
  FROM orders
  WHERE order_date = day;

  IF orders_of_day = 0 THEN
    RAISE EXCEPTION 'No orders at all on %', day
      USING HINT = 'Look whether the import of orders ran, then send this job again for the same day.';
  END IF;

  IF bad_amounts > 0 THEN
    RAISE EXCEPTION '% of % orders on % have an amount of zero or less', bad_amounts, orders_of_day, day
      USING
        DETAIL = format('The first is order %s.', example),
        HINT = 'Correct these orders, then run nightly-order-totals for the same day.';
  END IF;
END
$$;
