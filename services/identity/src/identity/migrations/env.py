"""Alembic's entry: it finds the tables of identity here."""

from chassis.migrations import run_env
from identity.shared.tables import metadata

run_env(metadata)
