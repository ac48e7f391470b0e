"""Booking settings on the wire."""

from typing import Any

from portico.casemanager.v1 import booking_settings_pb2 as pb
from portico.casemanager.v1 import resources_pb2 as res

from casemanager.settings.domain import BOUNDS, BookingSettings
from casemanager.shared.contacts import normalised
from casemanager.shared.dates import day_of
from casemanager.shared.patches import written_fields
from chassis.wire import timestamp

_EMAIL = "booking_email"
_SAME = (*BOUNDS, "reminder_days", "enable_on_yes", "allow_unscanned", _EMAIL)


def settings_message(settings: BookingSettings) -> res.BookingSettings:
    """The settings as the contract shows them."""
    return res.BookingSettings(
        holidays=[day.isoformat() for day in settings.holidays],
        update_time=timestamp(settings.update_time),
        etag=str(settings.version),
        **{name: getattr(settings, name) for name in _SAME},
    )


def written_settings(request: pb.UpdateBookingSettingsRequest) -> dict[str, Any]:
    """What to set, by field; InvalidArgument for a date that no calendar has, ContactInvalid for what is no address."""
    written = written_fields(request.settings, request.update_mask, known=(*_SAME, "holidays"))
    if "holidays" in written:
        days = enumerate(written["holidays"])
        written["holidays"] = [day_of(day, f"settings.holidays[{place}]") for place, day in days]
    if _EMAIL in written:
        # The country is for phone numbers.
        written |= normalised({_EMAIL: written[_EMAIL]}, country="", message="settings")
    return written
