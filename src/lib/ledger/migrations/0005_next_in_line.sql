-- Of a job with `overlap: queue`: the run whose turn it is, if none of the job is under way. Whoever ends a run of it
-- sends that one's message again, so that a line moves on at once; the message that it has looks for its turn seldom.
CREATE FUNCTION nightshift.next_in_line(p_job text) RETURNS TABLE (run_id text, attempt integer, message jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT first.run_id, first.attempt, first.message
  FROM (
    SELECT r.* FROM nightshift.runs r
    WHERE r.job = p_job AND r.state IN ('waiting', 'running')
    ORDER BY r.first_started_at IS NULL, coalesce(r.scheduled_for, r.received_at), r.id
    LIMIT 1
  ) first
  WHERE first.first_started_at IS NULL AND first.state = 'waiting'
    AND (first.run_id NOT LIKE 'schedule:%' OR first.scheduled_for <= clock_timestamp())
$$;
