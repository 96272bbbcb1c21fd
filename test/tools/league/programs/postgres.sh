#!/bin/sh
# Runs PostgreSQL with a new database in a folder. PostgreSQL refuses to run as root. postgres.sh BIN FOLDER PORT CONNECTIONS
set -eu
data=$2/postgres
install -d -m 700 -o postgres -g postgres "$data"
cd "$data"
runuser -u postgres -- "$1/initdb" --no-sync --no-locale -A trust -D "$data/db" >/dev/null
echo 'host all all 10.99.0.0/24 trust' >>"$data/db/pg_hba.conf"
exec runuser -u postgres -- "$1/postgres" -D "$data/db" -k "$data" -c listen_addresses=10.99.0.2 \
  -c port="$3" -c max_connections="$4" -c shared_buffers=16MB -c fsync=off -c autovacuum=off
