"""What people are told of reports, by email (CM-13): asked for in the statement that changes them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from casemanager.bookings.domain.states import Part
from casemanager.bookings.recipients import Recipient as Addressee
from casemanager.bookings.recipients import Sender, sender_for, specialist_of, stand_ins_of
from casemanager.files.domain.scans import ScanVerdict
from casemanager.reports.domain.change import Change
from casemanager.reports.domain.report import Recipient, RecipientKind, Report, Shelf
from chassis.notification import Notification, Value

_WEEK = timedelta(days=7)
_REASONS = {ScanVerdict.ENCRYPTED: "ENCRYPTED", ScanVerdict.TOO_LARGE: "TOO_LARGE_TO_CHECK"}


def messages_of(change: Change, sender: Sender) -> Iterator[Notification]:
    """What a change asks notifications to send: the link to a page, never the file."""
    if change.begins_to_count:
        yield from _ready(change, sender)
    elif change.is_withdrawn:
        yield from _withdrawn(change, sender)
    elif change.is_quarantined:
        yield from _refused(change, sender)


def _ready(change: Change, sender: Sender) -> Iterator[Notification]:
    report, booking = change.report, change.shelf.seen.booking
    values: Mapping[str, Value] = {
        "case_number": booking.people.case_number,
        "company_file_number": report.company_file_number,
        "replaces": str(report.replaces_version or ""),
    }
    for addressee in _addressees(change, sender):
        yield _notification("REPORT_READY", change, addressee, sender, values)


def _withdrawn(change: Change, sender: Sender) -> Iterator[Notification]:
    for addressee in _addressees(change, sender):
        yield _notification("REPORT_WITHDRAWN", change, addressee, sender, {})


def _notification(
    template: str, change: Change, addressee: Addressee, sender: Sender, values: Mapping[str, Value]
) -> Notification:
    report, booking = change.report, change.shelf.seen.booking
    is_withdrawn = template == "REPORT_WITHDRAWN"
    return Notification(
        template=template,
        contact=addressee.contact,
        language=addressee.language,
        values={
            **_common(addressee, sender),
            "booking_number": booking.number,
            "version": str(report.report_version),
            "booking_url": _page(change, addressee, sender),
            **{name: value for name, value in values.items() if value},
        },
        reference=_reference(report, "withdrawn" if is_withdrawn else "ready"),
        key=f"{_reference(report, template)}/{addressee.key}",
        supersedes=_reference(report, "ready") if is_withdrawn else "",
    )


def _reference(report: Report, what: str) -> str:
    return f"bookings/{report.booking_id}/reports/{report.report_version}/{what}"


def _page(change: Change, addressee: Addressee, sender: Sender) -> str:
    """Where the addressee finds it: who is only named by it does not see the booking."""
    booking = change.shelf.seen.booking
    is_named_only = addressee.key.startswith("party/")
    path = "reports" if is_named_only else f"bookings/{booking.id}"
    return f"{sender.public_url}/{addressee.area}/{path}"


def _addressees(change: Change, sender: Sender) -> Iterator[Addressee]:
    """Who is told, each once: recipients with a login, the company, and those in the place of whoever is inactive."""
    known = set[str]()
    for recipient in change.report.recipients:
        for addressee in _told(change.shelf, recipient, sender_for(change.shelf.seen, sender)):
            if addressee.contact not in known:
                known.add(addressee.contact)
                yield addressee


def _told(shelf: Shelf, recipient: Recipient, sender: Sender) -> Iterator[Addressee]:
    booking = shelf.seen.booking
    person = shelf.around.people.get(recipient.case_manager_id) if recipient.case_manager_id else None
    if person is not None and not person.is_active:
        # The company may have one address for bookings and one for reports: those are two messages.
        yield from (replace(each, key=f"stand_in/{each.key}") for each in stand_ins_of(booking, sender))
    elif shelf.is_told(recipient):
        zone = booking.appointment.time_zone if booking.appointment else sender.organization.time_zone
        yield Addressee(
            key=_key(recipient),
            contact=person.email if person else recipient.email,
            name=recipient.name,
            language=person.language if person else "en",
            zone=(person.time_zone or sender.organization.time_zone) if person else zone,
            area="cm",
        )


def _key(recipient: Recipient) -> str:
    match recipient.kind:
        case RecipientKind.OWN_MANAGER:
            return "case_manager"
        case RecipientKind.COMPANY:
            return "company"
    return f"party/{recipient.party_id}"


def _refused(change: Change, sender: Sender) -> Iterator[Notification]:
    """Tells the specialist who filed it that it was put into quarantine; staff have a task."""
    report = change.report
    if report.filed_as is not Part.SPECIALIST:
        return
    for addressee in specialist_of(change.shelf.seen.booking, sender):
        yield Notification(
            template="PAPERWORK_REFUSED",
            contact=addressee.contact,
            language=addressee.language,
            values={
                **_common(addressee, sender),
                "file_name": report.file_name,
                "reason": _REASONS.get(report.verdict or ScanVerdict.FOUND, "MALWARE_FOUND"),
                "booking_url": f"{sender.public_url}/{addressee.area}/bookings/{report.booking_id}",
            },
            reference=_reference(report, "refused"),
            not_after=report.state_time + _WEEK,
        )


def _common(addressee: Addressee, sender: Sender) -> Mapping[str, Value]:
    return {
        "organization_name": sender.organization.name,
        "recipient_name": addressee.name,
        "time_zone": addressee.zone,
    }
