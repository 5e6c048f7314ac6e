-- Two roles, run once by a superuser on a new cluster (docker-compose does, so does scripts/services.py):
--   anso_owner  owns the tables and migrates them; neither superuser nor BYPASSRLS
--   anso_app    web, worker, beat: reads and writes rows, owns nothing, so row-level security always binds it
-- Variables: owner_password, app_password.
\set ON_ERROR_STOP on
CREATE ROLE anso_owner LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE anso_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';

-- The database this runs in belongs to the owner, as does its schema; the application may only use them.
SELECT current_database() AS database \gset
ALTER DATABASE :"database" OWNER TO anso_owner;
ALTER SCHEMA public OWNER TO anso_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO anso_app;
ALTER DEFAULT PRIVILEGES FOR ROLE anso_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO anso_app;
ALTER DEFAULT PRIVILEGES FOR ROLE anso_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO anso_app;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
