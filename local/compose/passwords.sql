-- In a container there is no identity endpoint: the logins have a password that local.settings.example.json knows,
-- good for this machine only, as compose.yaml opens the port to nobody else.
ALTER ROLE "nightshift-app" PASSWORD 'local-only';
ALTER ROLE "nightshift-query" PASSWORD 'local-only';
