#!/bin/sh
# Temporal's schema in PostgreSQL, as its own samples set it up. It may run again at any time: what is there stays.
set -eu

SQL_PASSWORD=$(cat /run/secrets/postgres_password)
export SQL_PASSWORD

sql_tool() {
  temporal-sql-tool --plugin postgres12 --endpoint postgres --port 5432 --user temporal "$@"
}

set_up() {
  database=$1
  schema=/etc/temporal/schema/postgresql/v12/$2/versioned
  sql_tool --database "$database" create-database
  sql_tool --database "$database" setup-schema --version 0.0
  sql_tool --database "$database" update-schema --schema-dir "$schema"
}

set_up temporal temporal
set_up temporal_visibility visibility
