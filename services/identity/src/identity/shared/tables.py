"""What the tables of identity have in common."""

from sqlalchemy import (
    DateTime,
)

from chassis.tables import metadata_with_chassis_tables

metadata = metadata_with_chassis_tables()

INSTANT = DateTime(timezone=True)
