-- ---
-- description: "Adds to a counter."
-- overlap: parallel
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('counter');
SELECT nightshift.parameter('amount')::bigint AS amount;
