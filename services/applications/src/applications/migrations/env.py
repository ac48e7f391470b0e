"""Alembic's entry: it finds the tables of applications here."""

from applications.application.storage import tables  # noqa: F401
from applications.batches.storage import tables as batches  # noqa: F401
from applications.claims.storage import attempts  # noqa: F401
from applications.shared.metadata import metadata
from applications.shared.organizations import organizations  # noqa: F401
from chassis.migrations import run_env

run_env(metadata)
