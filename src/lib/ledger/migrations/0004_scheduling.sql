-- Pauses, alarms, and what chains need to know. All but run_states and last_successes are of the home database.

CREATE TABLE nightshift.pauses (
  job        text        PRIMARY KEY,  -- * for all
  reason     text,
  until      timestamptz,
  paused_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION nightshift.pause_job(p_job text, p_until timestamptz, p_reason text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO nightshift.pauses AS p (job, until, reason) VALUES (p_job, p_until, p_reason)
  ON CONFLICT (job) DO UPDATE SET until = excluded.until, reason = excluded.reason
$$;

CREATE FUNCTION nightshift.resume_job(p_job text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM nightshift.pauses p WHERE p.job = p_job;
  RETURN FOUND;
END
$$;

CREATE FUNCTION nightshift.list_pauses() RETURNS SETOF nightshift.pauses
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM nightshift.pauses p WHERE p.until IS NULL OR p.until > clock_timestamp() ORDER BY p.job
$$;

-- An occurrence is settled when its run has been seen to start, or to end without a start.
ALTER TABLE nightshift.occurrences ADD COLUMN settled_at timestamptz;
CREATE INDEX occurrences_open ON nightshift.occurrences (scheduled_for) WHERE settled_at IS NULL;
CREATE INDEX occurrences_by_job ON nightshift.occurrences (job, scheduled_for);

-- Since when a job is planned: before that nobody can miss its success.
ALTER TABLE nightshift.schedules ADD COLUMN first_planned_at timestamptz NOT NULL DEFAULT clock_timestamp();

CREATE INDEX runs_succeeded ON nightshift.runs (job, finished_at DESC) WHERE state = 'succeeded';

CREATE FUNCTION nightshift.open_occurrences(p_before timestamptz, p_limit integer)
RETURNS TABLE (run_id text, job text, database text, scheduled_for timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT o.run_id, o.job, o.database, o.scheduled_for FROM nightshift.occurrences o
  WHERE o.settled_at IS NULL AND o.scheduled_for < p_before ORDER BY o.scheduled_for LIMIT p_limit
$$;

CREATE FUNCTION nightshift.settle_occurrences(p_run_ids text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE nightshift.occurrences o SET settled_at = clock_timestamp()
  WHERE o.run_id = ANY (p_run_ids) AND o.settled_at IS NULL
$$;

-- p_occurrences: [{runId, job, database, scheduledFor (epoch ms)}]
CREATE FUNCTION nightshift.add_occurrences(p_occurrences jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO nightshift.occurrences (run_id, job, database, scheduled_for)
  SELECT o->>'runId', o->>'job', o->>'database', to_timestamp((o->>'scheduledFor')::double precision / 1000)
  FROM jsonb_array_elements(p_occurrences) o
  ON CONFLICT (run_id) DO NOTHING
$$;

-- Instants at which one of the parents was planned, and the child was not yet: the chain may be due there.
CREATE FUNCTION nightshift.chain_candidates(p_child text, p_parents text[], p_since timestamptz, p_limit integer)
RETURNS TABLE (scheduled_for timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT o.scheduled_for FROM nightshift.occurrences o
  WHERE o.job = ANY (p_parents) AND o.scheduled_for >= p_since AND o.scheduled_for <= clock_timestamp()
    AND NOT EXISTS (SELECT FROM nightshift.occurrences c WHERE c.job = p_child AND c.scheduled_for = o.scheduled_for)
  GROUP BY o.scheduled_for ORDER BY o.scheduled_for LIMIT p_limit
$$;

-- Of the database that the runs change. What is not in the answer has not been received.
CREATE FUNCTION nightshift.run_states(p_run_ids text[])
RETURNS TABLE (run_id text, state text, started boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.run_id, r.state, r.first_started_at IS NOT NULL FROM nightshift.runs r WHERE r.run_id = ANY (p_run_ids)
$$;

CREATE FUNCTION nightshift.last_successes(p_jobs text[]) RETURNS TABLE (job text, finished_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT j.job, s.finished_at FROM unnest(p_jobs) AS j(job)
  CROSS JOIN LATERAL (
    SELECT r.finished_at FROM nightshift.runs r WHERE r.job = j.job AND r.state = 'succeeded'
    ORDER BY r.finished_at DESC LIMIT 1) s
$$;

-- An alarm stands from when it is raised until it is over; it is told once at each end. A row is its own outbox.
CREATE TABLE nightshift.alarms (
  job           text        NOT NULL,
  database      text        NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('not started', 'no success', 'unknown')),
  scheduled_for timestamptz,
  reason        text        NOT NULL,
  event         bytea       NOT NULL,
  raised_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at  timestamptz,
  PRIMARY KEY (job, database, kind)
);

-- The event to publish: null for an alarm that stands and was told.
CREATE FUNCTION nightshift.raise_alarm(
  p_job text, p_database text, p_kind text, p_scheduled_for timestamptz, p_reason text, p_event bytea
) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  alarm nightshift.alarms;
BEGIN
  INSERT INTO nightshift.alarms (job, database, kind, scheduled_for, reason, event)
  VALUES (p_job, p_database, p_kind, p_scheduled_for, p_reason, p_event)
  ON CONFLICT (job, database, kind) DO NOTHING;
  SELECT * INTO STRICT alarm FROM nightshift.alarms a
  WHERE a.job = p_job AND a.database = p_database AND a.kind = p_kind;
  RETURN CASE WHEN alarm.published_at IS NULL THEN alarm.event END;
END
$$;

CREATE FUNCTION nightshift.mark_alarm_published(p_job text, p_database text, p_kind text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE nightshift.alarms a SET published_at = clock_timestamp()
  WHERE a.job = p_job AND a.database = p_database AND a.kind = p_kind
$$;

-- After its end was told.
CREATE FUNCTION nightshift.clear_alarm(p_job text, p_database text, p_kind text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  DELETE FROM nightshift.alarms a WHERE a.job = p_job AND a.database = p_database AND a.kind = p_kind
$$;

CREATE FUNCTION nightshift.list_alarms()
RETURNS TABLE (job text, database text, kind text, scheduled_for timestamptz, reason text, raised_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT a.job, a.database, a.kind, a.scheduled_for, a.reason, a.raised_at FROM nightshift.alarms a
  ORDER BY a.raised_at, a.job
$$;

-- When the last tick ended.
CREATE TABLE nightshift.heartbeat (
  only_row  boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  last_tick timestamptz NOT NULL
);

CREATE FUNCTION nightshift.last_tick() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT h.last_tick FROM nightshift.heartbeat h $$;

CREATE FUNCTION nightshift.beat() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO nightshift.heartbeat AS h (last_tick) VALUES (clock_timestamp())
  ON CONFLICT (only_row) DO UPDATE SET last_tick = excluded.last_tick
$$;

-- When each job began to be planned, for what may be expected of it by now.
CREATE FUNCTION nightshift.planned_jobs() RETURNS TABLE (job text, first_planned_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.job, s.first_planned_at FROM nightshift.schedules s $$;
