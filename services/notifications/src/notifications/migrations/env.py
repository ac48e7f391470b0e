"""What Alembic runs; the tables are in `notifications.storage`."""

from chassis.migrations import run_env
from notifications.storage.tables import metadata

run_env(metadata)
