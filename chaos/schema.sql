-- What the jobs of the harness work on, and leave behind for the account.
CREATE SCHEMA chaos;

-- Sums that are known beforehand. Many rows, so that a worker that stands still with one locked does not stop all.
CREATE TABLE chaos.counters (name text PRIMARY KEY, total bigint NOT NULL DEFAULT 0);
INSERT INTO chaos.counters SELECT 'counter-' || n FROM generate_series(0, 31) n;

-- One row for each effect. Nothing is unique here: what happens twice must show.
CREATE TABLE chaos.effects (
  run_id   text        NOT NULL,
  job      text        NOT NULL,
  attempt  integer     NOT NULL,
  amount   bigint      NOT NULL,
  -- False: another session was at the same run at that moment.
  alone    boolean     NOT NULL,
  began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz
);
CREATE INDEX effects_by_run ON chaos.effects (run_id);

-- Whether this session is the only one at the run. The locks of a session that has just ended go one by one, so a
-- first "no" is asked again a moment later.
CREATE FUNCTION chaos.alone(in_transaction boolean) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
  key bigint := hashtextextended('chaos ' || nightshift.run_id(), 0);
BEGIN
  FOR try IN 1..5 LOOP
    IF in_transaction AND pg_try_advisory_xact_lock(key) OR NOT in_transaction AND pg_try_advisory_lock(key) THEN
      RETURN true;
    END IF;
    PERFORM pg_sleep(0.02);
  END LOOP;
  RETURN false;
END
$$;

-- The change that every transactional job makes: a counter goes up, and a row says so.
CREATE PROCEDURE chaos.add(job text)
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO chaos.effects (run_id, job, attempt, amount, alone)
  VALUES (nightshift.run_id(), job, nightshift.attempt(), nightshift.parameter('amount')::bigint, chaos.alone(true));
  UPDATE chaos.counters SET total = total + nightshift.parameter('amount')::bigint
  WHERE name = nightshift.parameter('counter');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no counter %.', nightshift.parameter('counter');
  END IF;
END
$$;

GRANT USAGE ON SCHEMA chaos TO "nightshift-app";
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA chaos TO "nightshift-app";
