"""Alembic's entry: it finds the tables of identity here."""

from chassis.migrations import run_env
from identity.storage.tables import metadata

run_env(metadata)
