-- ---
-- description: "Adds to a counter, but fails at random in ways that another try may mend."
-- overlap: parallel
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('flaky');
DO $$
BEGIN
  IF random() < 0.25 THEN
    RAISE EXCEPTION 'could not serialize access' USING ERRCODE = 'serialization_failure';
  ELSIF random() < 0.2 THEN
    RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
  END IF;
END
$$;
SELECT nightshift.parameter('amount')::bigint AS amount;
