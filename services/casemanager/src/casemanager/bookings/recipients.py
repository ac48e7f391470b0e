"""Who is told of a booking, and where."""

from dataclasses import dataclass, replace

from casemanager.bookings.domain.booking import Booking, Seen
from casemanager.shared.organizations import Organization
from casemanager.shared.people import Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets it, in which language and zone; `area` is where the portal has the booking for them."""

    key: str
    contact: str
    name: str
    language: str
    zone: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """From whom it comes; `public_url` has no slash at its end.

    `staff` is who looks after it, where they are told; `mailbox` is where it is told where that is nobody.
    """

    organization: Organization
    public_url: str
    staff: Contact | None = None
    mailbox: str = ""


def sender_for(seen: Seen, sender: Sender) -> Sender:
    """The sender, who knows whom to tell of this booking in the place of somebody out of service."""
    return replace(sender, staff=seen.staff, mailbox=seen.policy.booking_email)


def manager_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """The case manager; nobody out of service is written to: who looks after it is, and the company's address."""
    people = booking.people
    if not people.manager_is_active:
        return stand_ins_of(booking, sender)
    if not people.manager_email:
        return []
    return [
        Recipient(
            key="case_manager",
            contact=people.manager_email,
            name=people.manager_name,
            language=people.manager_language,
            zone=people.manager_zone or sender.organization.time_zone,
            area="cm",
        )
    ]


def stand_ins_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """Who is told what somebody out of service is not."""
    return [*staff_of(sender), *company_of(booking, sender)]


def staff_of(sender: Sender) -> list[Recipient]:
    """Who looks after it; the organization's own mailbox where nobody does, or nobody who can be written to."""
    staff = sender.staff
    if staff is None or not staff.email:
        staff = Contact(name=sender.organization.name, email=sender.mailbox, language="en")
    if not staff.email:
        return []
    zone = sender.organization.time_zone
    return [
        Recipient(key="staff", contact=staff.email, name=staff.name, language=staff.language, zone=zone, area="staff")
    ]


def company_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """The company, where it has an address for bookings."""
    people = booking.people
    if not people.booking_email:
        return []
    return [
        Recipient(
            key="company",
            contact=people.booking_email,
            name=people.company_name,
            language="en",
            zone=_zone(booking, sender),
            area="cm",
        )
    ]


def specialist_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """The specialist, where there is an address."""
    shown = booking.shown
    if booking.appointment is None or not shown.specialist_email:
        return []
    return [
        Recipient(
            key="specialist",
            contact=shown.specialist_email,
            name=shown.specialist_name,
            language=shown.specialist_language,
            zone=shown.specialist_zone or sender.organization.time_zone,
            area="sp",
        )
    ]


def _zone(booking: Booking, sender: Sender) -> str:
    return booking.appointment.time_zone if booking.appointment else sender.organization.time_zone


def everybody_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """Case manager, specialist and company, each once."""
    found = [*manager_of(booking, sender), *specialist_of(booking, sender), *company_of(booking, sender)]
    return list({each.key: each for each in found}.values())
