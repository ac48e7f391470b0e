"""Alembic's entry: it finds the tables of casemanager here."""

from casemanager.availabilities.storage import availabilities  # noqa: F401
from casemanager.bookings.storage.save import SAVE_BOOKING  # noqa: F401
from casemanager.case_managers.storage import case_managers  # noqa: F401
from casemanager.cases.storage import cases  # noqa: F401
from casemanager.settings.storage import booking_settings  # noqa: F401
from casemanager.shared.numbers import numbers  # noqa: F401
from casemanager.shared.organizations import organizations  # noqa: F401
from casemanager.shared.tables import metadata
from casemanager.units.storage import units  # noqa: F401
from casemanager.value_lists.storage import value_lists  # noqa: F401
from chassis.migrations import run_env

run_env(metadata)
