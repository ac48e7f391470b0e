"""Alembic's entry: it finds the tables of identity here."""

from chassis.migrations import run_env
from identity.accounts import storage as _accounts  # noqa: F401 its tables
from identity.organizations import storage as _organizations  # noqa: F401 its table
from identity.shared.tables import metadata

run_env(metadata)
