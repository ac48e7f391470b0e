"""Columns that every service's tables have.

>>> instant("create_time").nullable
False
"""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy.sql.elements import ColumnElement

INSTANT = DateTime(timezone=True)
"""The type of an instant, for parameters and casts: a moment in UTC, to the microsecond."""


def instant(
    name: str,
    *,
    primary_key: bool = False,
    nullable: bool = False,
    comment: str | None = None,
    server_default: ColumnElement[datetime] | None = None,
) -> Column[datetime]:
    """A column `timestamptz`; unlike in SQLAlchemy it is NOT NULL unless it says otherwise."""
    return Column(
        name, INSTANT, primary_key=primary_key, nullable=nullable, comment=comment, server_default=server_default
    )
