"""What lists of bookings are sorted by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, FromClause, bindparam, func, literal_column, tuple_

from casemanager.bookings.domain.booking import Booking
from casemanager.bookings.storage.tables import bookings
from chassis.columns import INSTANT
from chassis.pagination import NEWEST, Key, Keyset

_NO_TIME = NEWEST[0]
"""Stands for the time of a booking that has none, as in the index."""


class Sort(StrEnum):
    """What a list is sorted by."""

    CREATE_TIME = "create_time"
    START_TIME = "start_time"
    NUMBER = "number"


_start = func.coalesce(bookings.c.start_time, literal_column(f"'{_NO_TIME.isoformat(sep=' ')}'::timestamptz", INSTANT))
_KEYS: Mapping[Sort, tuple[ColumnElement[object], ColumnElement[object]]] = {
    Sort.CREATE_TIME: (bookings.c.create_time, bookings.c.id),
    Sort.START_TIME: (_start, bookings.c.id),
    # The millionth number is longer than the others, and comes after them.
    Sort.NUMBER: (func.length(bookings.c.number), bookings.c.number),
}


def _start_of(booking: Booking) -> Key:
    return booking.appointment.start_time if booking.appointment else _NO_TIME


KEYSETS: Mapping[Sort, Keyset[Booking, tuple[Key, ...]]] = {
    Sort.CREATE_TIME: Keyset(first=(), of=lambda booking: (booking.create_time, booking.id)),
    Sort.START_TIME: Keyset(first=(), of=lambda booking: (_start_of(booking), booking.id)),
    Sort.NUMBER: Keyset(first=(), of=lambda booking: (len(booking.number), booking.number)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order without ties, and whether a page of it begins after a position, `after_0` and `after_1`."""

    sort: Sort
    descending: bool
    is_continued: bool

    @property
    def columns(self) -> Sequence[ColumnElement[object]]:
        """What a row is sorted by, and its id."""
        first, second = _KEYS[self.sort]
        return (first.label("key_0"), second.label("key_1"), bookings.c.id.label("id"))

    def of(self, rows: FromClause | None = None) -> list[ColumnElement[object]]:
        """The order of bookings, or of rows with the columns of this."""
        keys = _KEYS[self.sort] if rows is None else (rows.c.key_0, rows.c.key_1)
        return [key.desc() if self.descending else key.asc() for key in keys]

    @property
    def position(self) -> Sequence[ColumnElement[bool]]:
        """That a booking stands after where the page begins."""
        if not self.is_continued:
            return ()
        keys = _KEYS[self.sort]
        after = tuple_(*(bindparam(f"after_{at}", type_=key.type) for at, key in enumerate(keys)))
        return (tuple_(*keys) < after,) if self.descending else (tuple_(*keys) > after,)
