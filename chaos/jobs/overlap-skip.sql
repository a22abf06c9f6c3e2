-- ---
-- description: "Never beside another run of this job (overlap: skip)."
-- overlap: skip
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
CALL chaos.add('overlap-skip');
SELECT pg_sleep(0.1);
UPDATE chaos.effects SET ended_at = clock_timestamp() WHERE run_id = nightshift.run_id();
SELECT nightshift.parameter('amount')::bigint AS amount;
