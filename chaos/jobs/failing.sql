-- ---
-- description: "Adds to a counter and then fails for good: nothing of it may stay."
-- overlap: parallel
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('failing');
SELECT 1 / 0;
