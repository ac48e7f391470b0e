"""The times that staff offered for a booking."""

from collections.abc import Sequence

from portico.casemanager.v1.booking_resources_pb2 import Booking, BookingOption


def open_options(booking: Booking) -> Sequence[BookingOption]:
    """Those that nobody has answered or taken."""
    return [option for option in booking.options if option.state == BookingOption.OPEN]


def option_of(booking: Booking, option_id: str) -> BookingOption | None:
    """One of them; None where the booking has none with this id."""
    return next((option for option in booking.options if option.id == option_id), None)
