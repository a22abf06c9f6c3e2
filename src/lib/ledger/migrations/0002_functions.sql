-- The arrows of the protocol. Each is guarded by the state it leaves, so a stale caller changes nothing.
-- SECURITY DEFINER with a pinned search_path: callers have EXECUTE on these and no right on the tables.
-- SQLSTATEs of our own: NS001 locked, NS002 stale, NS003 the script ended its transaction.

-- A session-level lock says "a worker is on this run" from the claim until its session ends, in or out of
-- a transaction; a row lock alone would leave a gap between the claim's commit and the job's BEGIN.
CREATE FUNCTION nightshift.run_lock_key(run_id text) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT hashtextextended('nightshift.run ' || run_id, 0) $$;

-- Before an outcome: whoever hears of it must find it there after a crash of the server, whatever the database, the
-- login or a job has turned off for its own speed. Ends with the transaction.
CREATE FUNCTION nightshift.make_durable() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;
END
$$;

CREATE FUNCTION nightshift.claim_run(
  p_run_id        text,
  p_job           text,
  p_database      text,
  p_request_hash  text,
  p_scheduled_for timestamptz,
  p_parameters    jsonb,
  p_message       jsonb,
  p_attempt       integer,      -- which attempt the message asks for
  p_timeout       interval,     -- the job's; the deadline allows a minute more for the cancel to be confirmed
  p_max_crashes   integer,
  p_overlap       text,         -- skip | queue | parallel: what to do while another run of the job is open
  p_skip          boolean,      -- end it as skipped, unless it has started: paused, no longer due, a parent failed
  p_sessions      jsonb,        -- live sessions, {pid: backend_start}: this function's owner may not read the starts
  p_redrive_of    text
) RETURNS TABLE (
  decision      text,  -- claimed | busy | finished | superseded | early | conflict | crashed | torn | overlap | queued | skip
  id            bigint,
  attempt       integer,
  failures      integer,
  errors        jsonb,
  parameters    jsonb,
  event         bytea,
  wait_seconds  double precision,
  first_started_at timestamptz,
  started_at    timestamptz,
  overdue_pid   integer,
  overdue_start timestamptz,
  place         tid    -- where the row of a run that is claimed stands: see begin_run
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  run  nightshift.runs;
  seen timestamptz := clock_timestamp();
  lock bigint := nightshift.run_lock_key(p_run_id);
  -- An occurrence waits for its time by this clock, whatever the queue's delay was. Others may stand for any instant.
  due  timestamptz := CASE WHEN p_run_id LIKE 'schedule:%' THEN p_scheduled_for END;
BEGIN
  -- Looked for first: an INSERT that meets the row of a job in its transaction waits for that job's end.
  SELECT * INTO run FROM nightshift.runs r WHERE r.run_id = p_run_id;
  IF NOT FOUND THEN
    INSERT INTO nightshift.runs
      (run_id, job, database, request_hash, scheduled_for, parameters, message, state, redrive_of)
    VALUES
      (p_run_id, p_job, p_database, p_request_hash, p_scheduled_for, p_parameters, p_message, 'waiting', p_redrive_of)
    ON CONFLICT (run_id) DO NOTHING;
    SELECT * INTO STRICT run FROM nightshift.runs r WHERE r.run_id = p_run_id;
  END IF;

  IF run.request_hash <> p_request_hash THEN
    decision := 'conflict';
  ELSIF run.event IS NOT NULL THEN
    decision := 'finished';
  ELSIF NOT pg_try_advisory_lock(lock) THEN
    decision := 'busy';
  ELSE
    SELECT * INTO run FROM nightshift.runs r WHERE r.run_id = p_run_id FOR UPDATE SKIP LOCKED;
    decision := CASE
      WHEN NOT FOUND THEN 'busy'
      WHEN run.event IS NOT NULL THEN 'finished'
      WHEN run.state = 'waiting' AND run.attempt > p_attempt THEN 'superseded'
      WHEN run.state = 'waiting' AND greatest(run.not_before, due) > seen THEN 'early'
      -- The lock is free and the session is not gone: the job gave it up (pg_advisory_unlock_all) and is still at it.
      -- A session that claimed a run and wrote nothing of what came of it is never used for another one.
      WHEN run.state = 'running' AND run.backend_pid <> pg_backend_pid()
        AND run.backend_start = (p_sessions ->> run.backend_pid::text)::timestamptz THEN 'busy'
      -- begin_run's write is there and finish_run's is not: the SQL ended its transaction, and some of it may stand.
      WHEN run.state = 'running' AND run.xid IS NOT NULL THEN 'torn'
      WHEN run.state = 'running' AND run.crashes >= p_max_crashes THEN 'crashed'
      WHEN run.first_started_at IS NULL AND p_skip THEN 'skip'
      WHEN run.first_started_at IS NULL AND p_overlap <> 'parallel' THEN nightshift.overlap(run, p_overlap)
      ELSE 'claimed'
    END;
    IF decision IN ('claimed', 'crashed', 'torn') THEN
      -- Running, and nobody holds its lock: its worker died, or lost its session, before an outcome was committed.
      IF run.state = 'running' THEN
        run.errors := run.errors || jsonb_build_object(
          'attempt', run.attempt,
          'at', to_char(seen AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'sqlState', NULL,
          'message', 'The worker or its connection ended before the outcome was committed.',
          'detail', NULL, 'hint', NULL, 'file', NULL, 'line', NULL, 'column', NULL, 'retryable', true);
        run.attempt := run.attempt + 1;
        run.crashes := run.crashes + 1;
      END IF;
      run.started_at := seen;
      run.first_started_at := coalesce(run.first_started_at, seen);
      UPDATE nightshift.runs r SET
        state = 'running', attempt = run.attempt, crashes = run.crashes, errors = run.errors, not_before = NULL,
        first_started_at = run.first_started_at, started_at = seen, backend_pid = pg_backend_pid(),
        backend_start = (p_sessions ->> pg_backend_pid()::text)::timestamptz,
        deadline = seen + p_timeout + interval '1 minute', xid = NULL
      WHERE r.id = run.id RETURNING r.ctid INTO place;
    ELSIF decision NOT IN ('overlap', 'skip') THEN
      -- It goes back to the queue, so the sweep need not send it again soon.
      IF decision IN ('early', 'queued') THEN
        UPDATE nightshift.runs r SET resent_at = seen WHERE r.id = run.id;
      END IF;
      PERFORM pg_advisory_unlock(lock);
    END IF;
  END IF;

  id           := run.id;
  attempt      := run.attempt;
  failures     := run.failures;
  errors       := run.errors;
  parameters   := run.parameters;
  event        := run.event;
  wait_seconds := extract(epoch FROM greatest(run.not_before, due) - seen);
  first_started_at := run.first_started_at;
  started_at   := run.started_at;
  -- Only a running row tells who holds it: that of a waiting one has long gone on to other work.
  IF decision = 'busy' AND run.state = 'running' AND run.deadline < seen THEN
    overdue_pid   := run.backend_pid;
    overdue_start := run.backend_start;
  END IF;
  RETURN NEXT;
END
$$;

-- May this run, which has not started yet, start beside the others of its job? One claim of a job decides at a time;
-- the lock ends with the claim's transaction, and the next one sees what this one made of its row.
-- skip: not while another has started and has no outcome. queue: nor before one that is due before it.
CREATE FUNCTION nightshift.overlap(run nightshift.runs, policy text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('nightshift.job ' || run.job, 0));
  IF EXISTS (
    SELECT FROM nightshift.runs o
    WHERE o.job = run.job AND o.id <> run.id AND o.state IN ('waiting', 'running')
      AND (o.first_started_at IS NOT NULL
           OR policy = 'queue' AND (coalesce(o.scheduled_for, o.received_at), o.id)
                                 < (coalesce(run.scheduled_for, run.received_at), run.id))
  ) THEN
    RETURN CASE policy WHEN 'queue' THEN 'queued' ELSE 'overlap' END;
  END IF;
  RETURN 'claimed';
END
$$;

-- waiting -> skipped or missed, by the claim that was told overlap or skip and still holds the run's session lock.
CREATE FUNCTION nightshift.skip_run(p_id bigint, p_state text, p_event bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM nightshift.make_durable();
  UPDATE nightshift.runs r SET state = p_state, event = p_event, finished_at = clock_timestamp()
  WHERE r.id = p_id AND r.state = 'waiting';
  RETURN FOUND;
END
$$;

-- First in the job's transaction (p_local), or first in its session. What follows it in the same batch runs
-- only if it returns. Sets what the SQL reads, and the server's own time limits, a little after the worker's.
-- The row is found by its place, which only its holder changes: looked up in an index it would be a read that each other
-- job writes into, and serializable jobs that have nothing in common would fail each other. By its id where it was moved.
CREATE FUNCTION nightshift.begin_run(
  p_id bigint, p_place tid, p_attempt integer, p_timeout_ms integer, p_local boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  run record;
BEGIN
  SELECT r.ctid AS place, r.* INTO run FROM nightshift.runs r
  WHERE r.ctid = p_place AND r.id = p_id FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    SELECT r.ctid AS place, r.* INTO run FROM nightshift.runs r WHERE r.id = p_id FOR UPDATE SKIP LOCKED;
  END IF;
  -- The session's own lock once more, for the transaction: pg_advisory_unlock_all in the job does not touch this one.
  IF NOT FOUND OR NOT pg_try_advisory_xact_lock(nightshift.run_lock_key(run.run_id)) THEN
    RAISE EXCEPTION 'Run % is locked by another session, or gone.', p_id USING ERRCODE = 'NS001';
  END IF;
  IF run.state <> 'running' OR run.attempt <> p_attempt THEN
    RAISE EXCEPTION 'Run % is % at attempt %; attempt % is stale.', run.run_id, run.state, run.attempt, p_attempt
      USING ERRCODE = 'NS002';
  END IF;
  IF p_local THEN
    UPDATE nightshift.runs r SET xid = pg_current_xact_id() WHERE r.ctid = run.place RETURNING r.ctid INTO p_place;
    PERFORM set_config('nightshift.place', p_place::text, true);
  END IF;
  PERFORM
    set_config('nightshift.run_id', run.run_id, p_local),
    set_config('nightshift.attempt', run.attempt::text, p_local),
    set_config('nightshift.scheduled_for', coalesce(
      to_char(run.scheduled_for AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), p_local),
    set_config('nightshift.parameters', run.parameters::text, p_local),
    set_config('statement_timeout', (p_timeout_ms + 5000)::text, p_local);
  IF p_local AND current_setting('server_version_num')::integer >= 170000 THEN
    PERFORM set_config('transaction_timeout', (p_timeout_ms + 20000)::text, true);
  END IF;
END
$$;

-- Last in the job's transaction: the outcome and its event are committed with the job's changes, or not at all.
CREATE FUNCTION nightshift.finish_run(p_id bigint, p_attempt integer, p_event bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE nightshift.runs r SET state = 'succeeded', event = p_event, finished_at = clock_timestamp()
  WHERE r.ctid = nullif(current_setting('nightshift.place', true), '')::tid
    AND r.id = p_id AND r.attempt = p_attempt AND r.state = 'running' AND r.xid = pg_current_xact_id();
  -- A job may have reset the setting.
  IF NOT FOUND THEN
    UPDATE nightshift.runs r SET state = 'succeeded', event = p_event, finished_at = clock_timestamp()
    WHERE r.id = p_id AND r.attempt = p_attempt AND r.state = 'running' AND r.xid = pg_current_xact_id();
  END IF;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The transaction that began run % is not this one: the SQL ended it.', p_id
      USING ERRCODE = 'NS003';
  END IF;
  PERFORM nightshift.make_durable();
END
$$;

-- running n -> waiting n + 1. False: the run has moved on without the caller, or is torn (see claim_run).
CREATE FUNCTION nightshift.retry_run(p_id bigint, p_attempt integer, p_error jsonb, p_delay interval)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM nightshift.make_durable();
  UPDATE nightshift.runs r SET
    state = 'waiting', attempt = r.attempt + 1, failures = r.failures + 1, errors = r.errors || p_error,
    not_before = clock_timestamp() + p_delay
  WHERE r.id = p_id AND r.attempt = p_attempt AND r.state = 'running' AND r.xid IS NULL;
  RETURN FOUND;
END
$$;

-- running n -> waiting n + 1, at once: a worker that is asked to stop gives its run to another.
CREATE FUNCTION nightshift.hand_back_run(p_id bigint, p_attempt integer, p_error jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE nightshift.runs r SET
    state = 'waiting', attempt = r.attempt + 1, errors = r.errors || p_error, not_before = clock_timestamp()
  WHERE r.id = p_id AND r.attempt = p_attempt AND r.state = 'running' AND r.xid IS NULL;
  RETURN FOUND;
END
$$;

-- running n -> an outcome, outside a job's transaction: a failure, or a job without one that is done.
CREATE FUNCTION nightshift.end_run(p_id bigint, p_attempt integer, p_state text, p_error jsonb, p_event bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM nightshift.make_durable();
  -- Where the run's own session had to be ended, another one writes this: once that one is gone.
  PERFORM pg_advisory_xact_lock(nightshift.run_lock_key(r.run_id)) FROM nightshift.runs r WHERE r.id = p_id;
  UPDATE nightshift.runs r SET
    state = p_state, event = p_event, finished_at = clock_timestamp(),
    failures = r.failures + (p_error IS NOT NULL)::integer,
    errors = CASE WHEN p_error IS NULL THEN r.errors ELSE r.errors || p_error END
  WHERE r.id = p_id AND r.attempt = p_attempt AND r.state = 'running';
  RETURN FOUND;
END
$$;

-- An occurrence that ends without a start (skipped, missed). Returns the event of the outcome that stands,
-- which is another one's if the run has ended before; null while it waits or runs.
CREATE FUNCTION nightshift.record_run(
  p_run_id text, p_job text, p_database text, p_request_hash text, p_scheduled_for timestamptz,
  p_parameters jsonb, p_message jsonb, p_state text, p_event bytea
) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  standing bytea;
BEGIN
  -- Looked for first, as in claim_run.
  IF NOT EXISTS (SELECT FROM nightshift.runs r WHERE r.run_id = p_run_id) THEN
    PERFORM nightshift.make_durable();
    INSERT INTO nightshift.runs
      (run_id, job, database, request_hash, scheduled_for, parameters, message, state, event, finished_at)
    VALUES
      (p_run_id, p_job, p_database, p_request_hash, p_scheduled_for, p_parameters, p_message, p_state, p_event,
       clock_timestamp())
    ON CONFLICT (run_id) DO NOTHING;
  END IF;
  SELECT r.event INTO STRICT standing FROM nightshift.runs r WHERE r.run_id = p_run_id;
  RETURN standing;
END
$$;

-- A run that nobody is on and no worker can make sense of any more: its job has gone, or changed. Without this it would
-- wait for ever. Returns the event of the outcome that stands; null for a run that is not there, or is being run.
CREATE FUNCTION nightshift.reject_run(p_run_id text, p_job text, p_event bytea) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  standing bytea;
BEGIN
  PERFORM nightshift.make_durable();
  IF pg_try_advisory_xact_lock(nightshift.run_lock_key(p_run_id)) THEN
    UPDATE nightshift.runs r SET state = 'rejected', event = p_event, finished_at = clock_timestamp()
    WHERE r.run_id = p_run_id AND r.job = p_job AND r.state IN ('waiting', 'running');
  END IF;
  SELECT r.event INTO standing FROM nightshift.runs r WHERE r.run_id = p_run_id AND r.job = p_job;
  RETURN standing;
END
$$;

CREATE FUNCTION nightshift.mark_published(p_run_ids text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE nightshift.runs SET published_at = clock_timestamp()
  WHERE run_id = ANY (p_run_ids) AND published_at IS NULL AND event IS NOT NULL
$$;

-- What a crash between commit and publish left behind.
CREATE FUNCTION nightshift.unpublished_runs(p_older_than interval, p_limit integer)
RETURNS TABLE (run_id text, event bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.run_id, r.event FROM nightshift.runs r
  WHERE r.published_at IS NULL AND r.event IS NOT NULL AND r.finished_at < clock_timestamp() - p_older_than
  ORDER BY r.finished_at LIMIT p_limit
$$;

-- Runs whose message should have come by now and whose lock nobody holds: their message is to be sent again.
-- Marked, so that a deep queue is not made deeper by every tick.
CREATE FUNCTION nightshift.take_stranded_runs(p_older_than interval, p_limit integer)
RETURNS TABLE (run_id text, attempt integer, message jsonb)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE nightshift.runs r SET resent_at = clock_timestamp()
  WHERE r.id IN (
    SELECT s.id FROM nightshift.runs s
    WHERE s.state IN ('waiting', 'running')
      AND greatest(
            s.resent_at, s.received_at, CASE s.state WHEN 'running' THEN s.deadline ELSE s.not_before END,
            CASE WHEN s.run_id LIKE 'schedule:%' THEN s.scheduled_for END)
          < clock_timestamp() - p_older_than
      AND NOT EXISTS (
        SELECT FROM pg_locks l
        WHERE l.locktype = 'advisory' AND l.objsubid = 1
          AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          AND ((l.classid::bigint << 32) | l.objid::bigint) = nightshift.run_lock_key(s.run_id))
    ORDER BY s.received_at LIMIT p_limit
    FOR UPDATE SKIP LOCKED)
  RETURNING r.run_id, r.attempt, r.message
$$;

CREATE FUNCTION nightshift.list_runs(
  p_run_id text, p_job text, p_states text[], p_since timestamptz, p_until timestamptz, p_limit integer
) RETURNS TABLE (
  run_id text, job text, database text, state text, attempt integer, scheduled_for timestamptz,
  received_at timestamptz, started_at timestamptz, finished_at timestamptz, not_before timestamptz,
  errors jsonb, parameters jsonb, published_at timestamptz, redrive_of text, event bytea
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT r.run_id, r.job, r.database, r.state, r.attempt, r.scheduled_for, r.received_at, r.started_at,
         r.finished_at, r.not_before, r.errors, r.parameters, r.published_at, r.redrive_of, r.event
  FROM nightshift.runs r
  WHERE (p_run_id IS NULL OR r.run_id = p_run_id)
    AND (p_job IS NULL OR r.job = p_job)
    AND (p_states IS NULL OR r.state = ANY (p_states))
    AND (p_since IS NULL OR r.received_at >= p_since)
    AND (p_until IS NULL OR r.received_at < p_until)
  ORDER BY r.received_at DESC LIMIT p_limit
$$;

-- A message that cannot be run is kept once, whole; returns the event that tells it, the first one's if it was
-- kept before.
CREATE FUNCTION nightshift.keep_dead_letter(
  p_queue text, p_message_id text, p_body bytea, p_reason text, p_problems jsonb, p_dequeue_count integer,
  p_inserted_at timestamptz, p_event bytea
) RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  standing bytea;
BEGIN
  PERFORM nightshift.make_durable();
  INSERT INTO nightshift.dead_letters
    (queue, message_id, body, reason, problems, dequeue_count, inserted_at, event)
  VALUES
    (p_queue, p_message_id, p_body, p_reason, p_problems, p_dequeue_count, p_inserted_at, p_event)
  ON CONFLICT (queue, message_id) DO NOTHING;
  SELECT d.event INTO STRICT standing FROM nightshift.dead_letters d
  WHERE d.queue = p_queue AND d.message_id = p_message_id;
  RETURN standing;
END
$$;

CREATE FUNCTION nightshift.list_dead_letters(p_id bigint, p_queue text, p_limit integer)
RETURNS SETOF nightshift.dead_letters
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT * FROM nightshift.dead_letters d
  WHERE (p_id IS NULL OR d.id = p_id) AND (p_queue IS NULL OR d.queue = p_queue)
  ORDER BY d.id DESC LIMIT p_limit
$$;

-- After the message was sent: a crash before this sends it again as the same run, which is then run once.
CREATE FUNCTION nightshift.confirm_redrive(p_id bigint, p_redrive integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE nightshift.dead_letters d SET redrives = p_redrive, redriven_at = clock_timestamp()
  WHERE d.id = p_id AND d.redrives = p_redrive - 1;
  RETURN FOUND;
END
$$;

CREATE FUNCTION nightshift.drop_dead_letter(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DELETE FROM nightshift.dead_letters d WHERE d.id = p_id;
  RETURN FOUND;
END
$$;

CREATE FUNCTION nightshift.mark_dead_letter_published(p_queue text, p_message_id text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  UPDATE nightshift.dead_letters SET published_at = clock_timestamp()
  WHERE queue = p_queue AND message_id = p_message_id AND published_at IS NULL
$$;

CREATE FUNCTION nightshift.unpublished_dead_letters(p_older_than interval, p_limit integer)
RETURNS TABLE (queue text, message_id text, event bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT d.queue, d.message_id, d.event FROM nightshift.dead_letters d
  WHERE d.published_at IS NULL AND d.kept_at < clock_timestamp() - p_older_than
  ORDER BY d.kept_at LIMIT p_limit
$$;

-- One tick at a time: the lock is the session's and ends with it. Null when another tick is at work.
-- The answer's now is the one clock of the whole tick.
CREATE FUNCTION nightshift.begin_tick() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT pg_try_advisory_lock(hashtextextended('nightshift.tick', 0)) THEN
    RETURN NULL;
  END IF;
  RETURN jsonb_build_object(
    'now', floor(extract(epoch FROM clock_timestamp()) * 1000),
    'schedules', coalesce((SELECT jsonb_agg(jsonb_build_object(
      'job', s.job, 'definition', s.definition,
      'plannedUntil', floor(extract(epoch FROM s.planned_until) * 1000))) FROM nightshift.schedules s), '[]'));
END
$$;

-- After the messages are sent: the occurrences and the watermarks, together. The lock stays until the session is
-- cleaned: given up here, it would be free before this is committed.
-- p_plan: {"schedules": [{job, definition, plannedUntil}], "occurrences": [{runId, job, database, scheduledFor}]}
CREATE FUNCTION nightshift.end_tick(p_plan jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO nightshift.occurrences (run_id, job, database, scheduled_for)
  SELECT o->>'runId', o->>'job', o->>'database', to_timestamp((o->>'scheduledFor')::double precision / 1000)
  FROM jsonb_array_elements(p_plan->'occurrences') o
  ON CONFLICT (run_id) DO NOTHING;

  INSERT INTO nightshift.schedules (job, definition, planned_until)
  SELECT s->>'job', s->>'definition', to_timestamp((s->>'plannedUntil')::double precision / 1000)
  FROM jsonb_array_elements(p_plan->'schedules') s
  ON CONFLICT (job) DO UPDATE SET definition = excluded.definition, planned_until = excluded.planned_until;

  -- A job that has left the catalog is planned from now if it ever comes back.
  DELETE FROM nightshift.schedules s
  WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(p_plan->'schedules') p WHERE p->>'job' = s.job);
END
$$;

-- What a job's SQL reads. Everyone may call these: a job may run as any role.
CREATE FUNCTION nightshift.parameter(name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  given jsonb := nullif(current_setting('nightshift.parameters', true), '');
BEGIN
  IF given IS NULL THEN
    RAISE EXCEPTION 'nightshift.parameter(%) was called outside a run.', quote_literal(name)
      USING HINT = 'To try the SQL by hand: SET nightshift.parameters = ''{"' || name || '": "value"}'';';
  END IF;
  IF NOT given ? name THEN
    RAISE EXCEPTION 'This run has no parameter %.', quote_literal(name)
      USING HINT = 'Declare it under "parameters" in the job''s front matter.';
  END IF;
  RETURN given ->> name;
END
$$;

CREATE FUNCTION nightshift.run_id() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('nightshift.run_id', true), '') $$;

CREATE FUNCTION nightshift.scheduled_for() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('nightshift.scheduled_for', true), '')::timestamptz $$;

CREATE FUNCTION nightshift.attempt() RETURNS integer
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(current_setting('nightshift.attempt', true), '')::integer $$;
