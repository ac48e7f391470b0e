"""The table of booking settings."""

from sqlalchemy import BigInteger, Boolean, Column, Table, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from casemanager.settings.domain import BookingSettings
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import mapping
from chassis.saves import save

booking_settings = Table(
    "booking_settings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("enable_on_yes", Boolean, nullable=False),
    instant("update_time", nullable=True),
    Column("version", BigInteger, nullable=False),
)
SETTINGS = mapping(booking_settings, BookingSettings)

LOAD_SETTINGS = statement(
    select(*SETTINGS.columns()).where(booking_settings.c.org_id == bindparam("org_id")), into=SETTINGS.reader()
)
_new = insert(booking_settings).values({column.name: bindparam(column.name) for column in booking_settings.c})
SAVE_SETTINGS = save(
    _new.on_conflict_do_update(
        index_elements=["org_id"],
        set_={column.name: _new.excluded[column.name] for column in booking_settings.c if column.name != "org_id"},
        where=booking_settings.c.version == _new.excluded.version - 1,
    ).returning(booking_settings.c.org_id)
)
"""The settings where they are as they were loaded, or the first ones."""
