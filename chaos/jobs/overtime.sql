-- ---
-- description: "Adds to a counter and then takes longer than it may."
-- overlap: parallel
-- timeout: 1s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('overtime');
SELECT pg_sleep(20);
