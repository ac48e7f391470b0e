"""What Alembic runs; the tables are in `notifications.messages.storage`."""

from chassis.migrations import run_env
from notifications.messages.storage import metadata

run_env(metadata)
