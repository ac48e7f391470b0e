"""The table of booking settings."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from casemanager.settings.domain import BookingSettings
from casemanager.shared.settings import DEFAULTS
from casemanager.shared.tables import metadata
from chassis.columns import instant
from chassis.db import statement
from chassis.mapping import mapping
from chassis.saves import save

_NUMBERS = tuple(name for name in DEFAULTS.__dataclass_fields__ if name != "reminder_days")
# The release before writes settings without these columns.
booking_settings = Table(
    "booking_settings",
    metadata,
    Column("org_id", Uuid, primary_key=True),
    Column("enable_on_yes", Boolean, nullable=False),
    *(Column(name, Integer, nullable=False, server_default=str(getattr(DEFAULTS, name))) for name in _NUMBERS),
    Column("reminder_days", ARRAY(Integer), nullable=False, server_default="{7,3}"),
    Column("allow_unscanned", Boolean, nullable=False, server_default=text("false")),
    Column("holidays", ARRAY(Date), nullable=False, server_default="{}"),
    Column("booking_email", Text, nullable=False, server_default=""),
    instant("update_time", nullable=True),
    Column("version", BigInteger, nullable=False),
)
SETTINGS = mapping(booking_settings, BookingSettings)

LOAD_SETTINGS = statement(
    select(*SETTINGS.columns()).where(booking_settings.c.org_id == bindparam("org_id")), into=SETTINGS.reader()
)
_new = insert(booking_settings).values(
    {column.name: bindparam(column.name, type_=column.type) for column in booking_settings.c}
)
SAVE_SETTINGS = save(
    _new.on_conflict_do_update(
        index_elements=["org_id"],
        set_={column.name: _new.excluded[column.name] for column in booking_settings.c if column.name != "org_id"},
        where=booking_settings.c.version == _new.excluded.version - 1,
    ).returning(booking_settings.c.org_id)
)
"""The settings where they are as they were loaded, or the first ones."""
