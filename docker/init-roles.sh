#!/bin/sh
# Run once by the postgres image on an empty volume: makes the two roles in the application's database.
set -eu
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
    -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" -f /roles/postgres-init.sql
