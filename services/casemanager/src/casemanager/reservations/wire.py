"""Times that bookings have, on the wire."""

from collections.abc import Sequence

from portico.casemanager.v1 import schedule_resources_pb2 as res

from casemanager.reservations.domain import Reservation
from chassis.wire import timestamp

MAX_NAMED = 200
"""Bookings that an answer names."""


def booked_times(reservations: Sequence[Reservation]) -> list[res.BookedTime]:
    """The first of these times, with their bookings."""
    return [
        res.BookedTime(
            booking_id=str(each.booking_id or ""),
            booking_number=each.booking_number,
            start_time=timestamp(each.start_time),
            end_time=timestamp(each.end_time),
        )
        for each in reservations[:MAX_NAMED]
    ]
