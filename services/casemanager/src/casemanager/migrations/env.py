"""Alembic's entry: it finds the tables of casemanager here."""

from casemanager.companies.storage import metadata
from chassis.migrations import run_env

run_env(metadata)
