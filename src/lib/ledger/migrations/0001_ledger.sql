-- The ledger: one row for each run, which is also the outbox of its event. Everything here belongs to
-- nightshift_owner; callers reach it only through the functions of 0002.

CREATE TABLE nightshift.runs (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id         text        NOT NULL UNIQUE,
  job            text        NOT NULL,
  database       text        NOT NULL,
  -- SHA-256 over job, database and the parameters as given: the same id with another hash is another request.
  request_hash   text        NOT NULL,
  scheduled_for  timestamptz,
  -- Resolved at the first receipt (a default of "yesterday" stays that day on every later attempt).
  parameters     jsonb       NOT NULL,
  -- The message that runs it, for sending it again should the queue lose it.
  message        jsonb       NOT NULL,
  state          text        NOT NULL CHECK (state IN
                   ('waiting', 'running', 'succeeded', 'failed', 'rejected', 'skipped', 'missed', 'deadlettered')),
  attempt        integer     NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  failures       integer     NOT NULL DEFAULT 0,
  crashes        integer     NOT NULL DEFAULT 0,
  -- What ended each earlier attempt: [{"attempt": 1, "at": ..., "sqlState": ..., "message": ...}]
  errors         jsonb       NOT NULL DEFAULT '[]',
  not_before     timestamptz,
  received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  first_started_at timestamptz,
  started_at     timestamptz,
  finished_at    timestamptz,
  -- Whose session runs it, and when that session must have ended: whoever finds it locked later ends exactly it.
  backend_pid    integer,
  backend_start  timestamptz,
  deadline       timestamptz,
  -- The transaction that begin_run saw; finish_run must see the same one.
  xid            xid8,
  event          bytea,
  published_at   timestamptz,
  -- When the sweep last sent its message again.
  resent_at      timestamptz,
  redrive_of     text,
  CHECK ((event IS NOT NULL) = (state NOT IN ('waiting', 'running'))),
  CHECK ((finished_at IS NOT NULL) = (state NOT IN ('waiting', 'running')))
);

CREATE INDEX runs_open ON nightshift.runs (job, scheduled_for) WHERE state IN ('waiting', 'running');
CREATE INDEX runs_unpublished ON nightshift.runs (finished_at) WHERE published_at IS NULL AND event IS NOT NULL;
CREATE INDEX runs_by_job ON nightshift.runs (job, received_at DESC);
CREATE INDEX runs_by_time ON nightshift.runs (received_at DESC);

-- Up to where each job's occurrences have been enqueued. `definition` is the schedule and zone it was planned
-- with: when they change, planning starts anew from now.
CREATE TABLE nightshift.schedules (
  job            text        PRIMARY KEY,
  definition     text        NOT NULL,
  planned_until  timestamptz NOT NULL
);

CREATE TABLE nightshift.occurrences (
  run_id         text        PRIMARY KEY,
  job            text        NOT NULL,
  database       text        NOT NULL,
  scheduled_for  timestamptz NOT NULL,
  enqueued_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX occurrences_by_time ON nightshift.occurrences (scheduled_for);

-- Messages that could not be run, whole, with the reason: rejected ones and those the host gave up on.
CREATE TABLE nightshift.dead_letters (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue          text        NOT NULL,
  message_id     text        NOT NULL,
  body           bytea       NOT NULL,
  reason         text        NOT NULL,
  problems       jsonb       NOT NULL DEFAULT '[]',
  dequeue_count  integer     NOT NULL,
  inserted_at    timestamptz,
  kept_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  event          bytea       NOT NULL,
  published_at   timestamptz,
  -- How often it was sent again, as the run <old>#r<n>.
  redrives       integer     NOT NULL DEFAULT 0,
  redriven_at    timestamptz,
  UNIQUE (queue, message_id)
);

CREATE FUNCTION nightshift.schema_version() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT max(m.version) FROM nightshift.migrations m $$;
