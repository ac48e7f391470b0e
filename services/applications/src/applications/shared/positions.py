"""Places in a list that is sorted by time and id, as a page token carries them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

Position = Sequence[str | int]
Moment = tuple[datetime, UUID]

NEWEST: Moment = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""Before everything in a list that begins with the newest."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def position_at(instant: datetime, id_: UUID) -> Position:
    """The place of something with this id that happened then; exact to the microsecond, as the database is."""
    return [(instant - _EPOCH) // _MICROSECOND, str(id_)]


def moment_at(position: Position) -> Moment:
    """The instant and the id at a place."""
    microseconds, id_ = position
    return _EPOCH + int(microseconds) * _MICROSECOND, UUID(str(id_))
