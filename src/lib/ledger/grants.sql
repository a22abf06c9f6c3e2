-- After every migration, and harmless to repeat: new functions are executable by everyone until told otherwise.
REVOKE ALL ON SCHEMA nightshift FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA nightshift FROM PUBLIC, nightshift_worker;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA nightshift FROM PUBLIC;

GRANT USAGE ON SCHEMA nightshift TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA nightshift TO nightshift_worker;
GRANT EXECUTE ON FUNCTION
  nightshift.parameter(text), nightshift.run_id(), nightshift.scheduled_for(), nightshift.attempt(), nightshift.schema_version()
TO PUBLIC;
