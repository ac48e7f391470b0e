"""Alembic's entry: it finds the tables of applications here."""

from applications.storage.tables import metadata
from chassis.migrations import run_env

run_env(metadata)
