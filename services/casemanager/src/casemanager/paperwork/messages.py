"""What people are told of files, by email (CM-12): asked for in the statement that changes them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from casemanager.bookings.domain.states import Part
from casemanager.bookings.recipients import Recipient, Sender, manager_of, sender_for, specialist_of
from casemanager.files.domain.scans import ScanVerdict
from casemanager.files.domain.states import State
from casemanager.paperwork.domain.decisions import Change, Sent
from chassis.notification import Notification, Value

_WEEK = timedelta(days=7)
_REASONS = {ScanVerdict.ENCRYPTED: "ENCRYPTED", ScanVerdict.TOO_LARGE: "TOO_LARGE_TO_CHECK"}


def sent_messages(sent: Sent, sender: Sender) -> Iterator[Notification]:
    """Tells the specialist how many files there are to read; which, only the page says."""
    if not sent.count:
        return  # they have got newer ones of all of them
    booking = sent.decision.booking
    start = booking.appointment.start_time if booking.appointment else None
    for recipient in specialist_of(booking, sender):
        values = {"booking_number": booking.number, "start_time": start or "", "count": str(sent.count)}
        yield Notification(
            template="PAPERWORK_SENT",
            contact=recipient.contact,
            language=recipient.language,
            values={**_common(recipient, sender, str(booking.id)), **values},
            reference=f"bookings/{booking.id}/{booking.version}",
            key=f"bookings/{booking.id}/{booking.version}/PAPERWORK_SENT/{recipient.key}",
            not_after=start,
        )


def refused_messages(change: Change, sender: Sender) -> Iterator[Notification]:
    """Tells the case manager who uploaded a file that it was put into quarantine; staff have a task.

    Or those who are told in the place of somebody out of service.
    """
    file, before = change.file, change.before
    is_put_there = before is not None and before.state is not file.state and file.state is State.QUARANTINED
    if not is_put_there or file.uploaded_as is not Part.OWN:
        return
    seen = change.shelf.seen
    for recipient in manager_of(seen.booking, sender_for(seen, sender)):
        reason = _REASONS.get(file.verdict or ScanVerdict.FOUND, "MALWARE_FOUND")
        yield Notification(
            template="PAPERWORK_REFUSED",
            contact=recipient.contact,
            language=recipient.language,
            values={
                **_common(recipient, sender, str(file.booking_id)),
                "file_name": file.file_name,
                "reason": reason,
            },
            reference=f"paperwork/{file.id}",
            key=f"paperwork/{file.id}/{file.version}/{recipient.key}",
            not_after=file.state_time + _WEEK,
        )


def _common(recipient: Recipient, sender: Sender, booking_id: str) -> Mapping[str, Value]:
    return {
        "organization_name": sender.organization.name,
        "recipient_name": recipient.name,
        "time_zone": recipient.zone,
        "booking_url": f"{sender.public_url}/{recipient.area}/bookings/{booking_id}",
    }
