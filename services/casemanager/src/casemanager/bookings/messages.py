"""What people are told of a booking, by email (CM-08): asked for in the statement that changes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from casemanager.bookings.domain.appointment import Appointment, OptionState, Shown
from casemanager.bookings.domain.booking import Booking, Reason, Way
from casemanager.bookings.domain.decision import Decision, Kind
from casemanager.bookings.domain.states import State
from casemanager.shared.organizations import Organization
from chassis.notification import Notification, Value


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
    """From whom it comes; `public_url` has no slash at its end."""

    organization: Organization
    public_url: str


def told_version(decision: Decision) -> int:
    """The version of which messages tell, once this one is saved."""
    return decision.booking.version if decision.kind in _WRITERS else decision.booking.told_version


def messages_of(decision: Decision, sender: Sender) -> Iterator[Notification]:
    """What a decision asks notifications to send; nobody is told twice of the same version.

    A later one takes the place of those of the version before that are not sent yet.
    """
    writer = _WRITERS.get(decision.kind)
    if writer is None:
        return
    for template, recipient, values, not_after in writer(decision, sender):
        booking = decision.booking
        before = decision.before.told_version if decision.before else 0
        yield Notification(
            template=template,
            contact=recipient.contact,
            language=recipient.language,
            values={
                "organization_name": sender.organization.name,
                "recipient_name": recipient.name,
                "time_zone": recipient.zone,
                "booking_number": booking.number,
                "booking_url": f"{sender.public_url}/{recipient.area}/bookings/{booking.id}",
                **{name: value for name, value in values.items() if value},
            },
            reference=f"bookings/{booking.id}/{booking.version}",
            key=f"bookings/{booking.id}/{booking.version}/{template}/{recipient.key}",
            not_after=not_after,
            supersedes=f"bookings/{booking.id}/{before}" if before else "",
        )


Values = Mapping[str, Value]
Told = tuple[str, Recipient, Values, datetime | None]
Writer = Callable[[Decision, Sender], Iterator[Told]]


def manager_of(booking: Booking, sender: Sender) -> list[Recipient]:
    """The case manager; nobody out of service is written to: the company is, where it has an address."""
    people = booking.people
    if not people.manager_is_active:
        return _company(booking, sender)
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


def _company(booking: Booking, sender: Sender) -> list[Recipient]:
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


def _everybody(booking: Booking, sender: Sender) -> list[Recipient]:
    """Case manager, specialist and company, each once."""
    found = [*manager_of(booking, sender), *specialist_of(booking, sender), *_company(booking, sender)]
    return list({each.key: each for each in found}.values())


def _requested(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking = decision.booking
    if booking.state is State.CONFIRMED:
        yield from _confirmed(decision, sender)
        return
    if decision.kind is Kind.REFUSED and booking.state is not State.REQUESTED:
        return
    wishes: list[Mapping[str, str | int | datetime]] = [
        {"start_time": start, "end_time": end} for start, end in booking.wishes
    ]
    values: Values = {
        "case_number": booking.people.case_number,
        "service": booking.service_type or booking.specialty or booking.people.case_number,
        "way": "AGAIN" if decision.kind is Kind.REFUSED else _WAYS[booking.way],
        "wishes": wishes,
    }
    last = max((end for _, end in booking.wishes), default=None)
    for recipient in manager_of(booking, sender):
        yield "BOOKING_REQUESTED", recipient, values, last


_WAYS = {Way.SLOT: "SLOT", Way.WISHES: "WISHES", Way.TIME: "SLOT"}


def _offered(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking = decision.booking
    offered = [option for option in booking.options if option.state is OptionState.OPEN]
    options: list[Mapping[str, str | int | datetime]] = [
        {
            "start_time": option.appointment.start_time,
            "minutes": _minutes(option.appointment),
            "time_zone": option.appointment.time_zone,
            "specialist": option.shown.specialist_name,
            "place": where(option.shown),
        }
        for option in sorted(offered, key=lambda option: option.appointment.start_time)
    ]
    first_end = min(option.hold_expire_time for option in offered)
    values: Values = {"options": options, "hold_expire_time": first_end}
    for recipient in manager_of(booking, sender):
        yield "BOOKING_OFFERED", recipient, values, first_end


def _confirmed(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking, appointment = decision.booking, decision.booking.appointment
    if appointment is None:
        return
    values = {**_time_values(booking, appointment)}
    for recipient in _everybody(booking, sender):
        yield "BOOKING_CONFIRMED", recipient, values, appointment.start_time


def _changed(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking, before = decision.booking, decision.before
    if before is None or before.appointment is None or booking.appointment is None:
        return
    old, new = before.appointment, booking.appointment
    values: Values = {
        **_time_values(booking, new),
        "old_start_time": old.start_time,
        "old_specialist": before.shown.specialist_name,
        "old_place": where(before.shown),
        "reason": _reason(decision),
    }
    for recipient in _everybody(booking, sender):
        yield "BOOKING_CHANGED", recipient, values, new.start_time
    if old.specialist_id != new.specialist_id:
        # The former one has this appointment no longer, and is told nothing of the new one.
        yield from _withdrawn(decision, before, specialist_of(before, sender))


def _assigned(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking, before = decision.booking, decision.before
    if before is None or booking.appointment is None or booking.state is not State.CONFIRMED:
        return
    for recipient in manager_of(booking, sender):
        yield "BOOKING_CONFIRMED", recipient, _time_values(booking, booking.appointment), None
    yield from _withdrawn(decision, before, _former_manager(before, sender))


def _former_manager(before: Booking, sender: Sender) -> list[Recipient]:
    found = manager_of(before, sender)
    return [replace(each, key="former_case_manager") for each in found if each.key == "case_manager"]


def _withdrawn(decision: Decision, before: Booking, recipients: Sequence[Recipient]) -> Iterator[Told]:
    """To whom it is taken from: for them it is cancelled."""
    start = before.appointment.start_time if before.appointment else None
    for recipient in recipients:
        yield "BOOKING_CANCELLED", recipient, {"start_time": start or "", "reason": _reason(decision) or "OTHER"}, None


def _cancelled(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking, before = decision.booking, decision.before
    was_confirmed = before is not None and before.state is State.CONFIRMED
    appointment, cancellation = booking.appointment, booking.cancellation
    if cancellation is None:
        return
    common: Values = {
        "start_time": appointment.start_time if appointment and was_confirmed else "",
        "reason": cancellation.reason.name,
    }
    rebook_url = _rebook_url(booking, sender) if decision.suggests_rebooking else ""
    for recipient in _everybody(booking, sender) if was_confirmed else manager_of(booking, sender):
        is_companys = recipient.key != "specialist"
        own = {"kind": cancellation.kind.name, "rebook_url": rebook_url} if is_companys else {}
        yield "BOOKING_CANCELLED", recipient, {**common, **own}, None


def _declined(decision: Decision, sender: Sender) -> Iterator[Told]:
    values = {"reason": _reason(decision) or "OTHER", "rebook_url": _rebook_url(decision.booking, sender)}
    for recipient in manager_of(decision.booking, sender):
        yield "BOOKING_DECLINED", recipient, values, None


def _expired(decision: Decision, sender: Sender) -> Iterator[Told]:
    waited = decision.before.state if decision.before else State.REQUESTED
    values = {"reason": waited.name, "rebook_url": _rebook_url(decision.booking, sender)}
    for recipient in manager_of(decision.booking, sender):
        yield "BOOKING_EXPIRED", recipient, values, None


def _rebook_url(booking: Booking, sender: Sender) -> str:
    return f"{sender.public_url}/cm/request?case={booking.case_id}"


def _reason(decision: Decision) -> str:
    reason: Reason | None = decision.because.reason
    return reason.name if reason else ""


def _time_values(booking: Booking, appointment: Appointment) -> Values:
    return {
        "specialist": booking.shown.specialist_name,
        "place": where(booking.shown),
        "directions": booking.shown.directions,
        "start_time": appointment.start_time,
        "minutes": str(_minutes(appointment)),
        "paperwork_due_time": booking.paperwork_due_time or "",
    }


def where(shown: Shown) -> str:
    """The place in one line; nothing for telehealth."""
    return ", ".join(filter(None, (shown.place_name, shown.place_address)))


def _minutes(appointment: Appointment) -> int:
    return int((appointment.end_time - appointment.start_time).total_seconds()) // 60


_WRITERS: Mapping[Kind, Writer] = {
    Kind.REQUESTED: _requested,
    Kind.REFUSED: _requested,
    Kind.OFFERED: _offered,
    Kind.CONFIRMED: _confirmed,
    Kind.ACCEPTED: _confirmed,
    Kind.RESCHEDULED: _changed,
    Kind.ASSIGNED: _assigned,
    Kind.TAKEN_OVER: _assigned,
    Kind.CANCELLED: _cancelled,
    Kind.DECLINED: _declined,
    Kind.EXPIRED: _expired,
}
