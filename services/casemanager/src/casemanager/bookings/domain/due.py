"""When what follows from a booking is due: instants from dates, in the zone of who has to do it (CM-11)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from casemanager.bookings.domain.appointment import Appointment
from casemanager.bookings.domain.booking import Policy

DUE_HOUR = time(17)
"""When on its day something is due."""


def paperwork_due(appointment: Appointment, policy: Policy) -> datetime:
    """17:00 of so many days before the appointment, by its own wall clock."""
    zone = ZoneInfo(appointment.time_zone)
    day = appointment.start_time.astimezone(zone).date() - timedelta(days=policy.paperwork_days)
    return datetime.combine(day, DUE_HOUR, zone).astimezone(UTC)


def report_due(appointment: Appointment, policy: Policy) -> datetime:
    """17:00 of so many days after the appointment, by its own wall clock."""
    zone = ZoneInfo(appointment.time_zone)
    day = appointment.start_time.astimezone(zone).date() + timedelta(days=policy.report_days)
    return datetime.combine(day, DUE_HOUR, zone).astimezone(UTC)
