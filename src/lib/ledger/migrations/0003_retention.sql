-- Runs are kept for an age and up to a number, and never less than two weeks: the longest that a message of theirs
-- may still come again (a deferral of up to a week, a delay of up to another). One batch a call.
CREATE FUNCTION nightshift.prune(p_age interval, p_keep integer, p_limit integer)
RETURNS TABLE (runs integer, occurrences integer, dead_letters integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  young constant timestamptz := clock_timestamp() - interval '14 days';
  old   constant timestamptz := least(young, clock_timestamp() - p_age);
BEGIN
  DELETE FROM nightshift.runs r WHERE r.id IN (
    SELECT o.id FROM nightshift.runs o
    WHERE o.published_at IS NOT NULL AND o.finished_at < young
      AND (o.finished_at < old
           OR o.id <= (SELECT n.id FROM nightshift.runs n ORDER BY n.id DESC OFFSET p_keep LIMIT 1))
    ORDER BY o.id LIMIT p_limit);
  GET DIAGNOSTICS runs = ROW_COUNT;

  DELETE FROM nightshift.occurrences c WHERE c.run_id IN (
    SELECT o.run_id FROM nightshift.occurrences o WHERE o.scheduled_for < old ORDER BY o.scheduled_for LIMIT p_limit);
  GET DIAGNOSTICS occurrences = ROW_COUNT;

  DELETE FROM nightshift.dead_letters d WHERE d.id IN (
    SELECT o.id FROM nightshift.dead_letters o
    WHERE o.published_at IS NOT NULL AND o.kept_at < old ORDER BY o.id LIMIT p_limit);
  GET DIAGNOSTICS dead_letters = ROW_COUNT;
  RETURN NEXT;
END
$$;

CREATE INDEX runs_finished ON nightshift.runs (id) WHERE published_at IS NOT NULL;
