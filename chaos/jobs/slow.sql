-- ---
-- description: "Adds to a counter and stays in its transaction for a while."
-- overlap: parallel
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('slow');
SELECT pg_sleep(0.3 + random());
SELECT nightshift.parameter('amount')::bigint AS amount;
