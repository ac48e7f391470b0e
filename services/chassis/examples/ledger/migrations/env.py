"""Alembic's entry: the house runs it."""

from chassis.migrations import run_env
from services.chassis.examples.ledger.storage import metadata

run_env(metadata)
