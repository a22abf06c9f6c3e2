-- ---
-- description: "Works without a transaction: at least once, and never two at a time."
-- transaction: false
-- overlap: parallel
-- timeout: 45s
-- retry: { attempts: 6, backoff: 1s, maxBackoff: 2s }
-- parameters:
--   amount: integer
--   counter: text
-- ---
INSERT INTO chaos.effects (run_id, job, attempt, amount, alone)
VALUES (nightshift.run_id(), 'autocommit', nightshift.attempt(), nightshift.parameter('amount')::bigint, chaos.alone(false));
SELECT pg_sleep(0.5);
UPDATE chaos.effects SET ended_at = clock_timestamp()
WHERE run_id = nightshift.run_id() AND attempt = nightshift.attempt();
SELECT nightshift.parameter('amount')::bigint AS amount;
