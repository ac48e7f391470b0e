"""What people are told of a booking, by email (CM-08): asked for in the statement that changes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from casemanager.bookings.domain.appointment import Appointment, Shown
from casemanager.bookings.domain.booking import Booking, Reason, Way
from casemanager.bookings.domain.decision import Decision, Kind
from casemanager.bookings.domain.states import State
from casemanager.bookings.recipients import (
    Recipient,
    Sender,
    everybody_of,
    manager_of,
    sender_for,
    specialist_of,
    staff_of,
)
from chassis.notification import Notification, Value


def told_version(decision: Decision, sender: Sender) -> int:
    """The version of which messages tell, once this one is saved: the last one of which anybody was told."""
    tells_anew = decision.kind not in _BESIDE and next(messages_of(decision, sender), None) is not None
    return decision.booking.version if tells_anew else decision.booking.told_version


def messages_of(decision: Decision, sender: Sender) -> Iterator[Notification]:
    """What a decision asks notifications to send; nobody is told twice of the same version.

    A later one takes the place of those of the version before that are not sent yet, unless it is of something beside.
    """
    writer = _WRITERS.get(decision.kind)
    if writer is None:
        return
    sender = sender_for(decision.seen, sender)
    for template, recipient, values, not_after in writer(decision, sender):
        booking = decision.booking
        before = decision.before.told_version if decision.before and decision.kind not in _BESIDE else 0
        url = f"{sender.public_url}/{recipient.area}/bookings/{booking.id}"
        yield Notification(
            template=template,
            contact=recipient.contact,
            language=recipient.language,
            values={
                "organization_name": sender.organization.name,
                "recipient_name": recipient.name,
                "time_zone": recipient.zone,
                "booking_number": booking.number,
                **{name: value for name, value in {"booking_url": url, **values}.items() if value},
            },
            reference=f"bookings/{booking.id}/{booking.version}",
            key=f"bookings/{booking.id}/{booking.version}/{template}/{recipient.key}",
            not_after=not_after,
            supersedes=f"bookings/{booking.id}/{before}" if before else "",
        )


Values = Mapping[str, Value]
Told = tuple[str, Recipient, Values, datetime | None]
Writer = Callable[[Decision, Sender], Iterator[Told]]


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
        "way": "AGAIN" if decision.kind is Kind.REFUSED else _WAYS[booking.way],
        "wishes": wishes,
    }
    last = max((end for _, end in booking.wishes), default=None)
    purpose = decision.seen.purpose
    for recipient in _with_staff(booking, sender):
        service = purpose.words(recipient.language) if purpose else booking.people.case_number
        yield "BOOKING_REQUESTED", recipient, {**values, "service": service}, last


def _with_staff(booking: Booking, sender: Sender) -> Sequence[Recipient]:
    """The case manager and who looks after it, each once."""
    return list({each.key: each for each in (*manager_of(booking, sender), *staff_of(sender))}.values())


_WAYS = {Way.SLOT: "SLOT", Way.WISHES: "WISHES", Way.TIME: "SLOT"}


def _offered(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking = decision.booking
    offered = [option for option in booking.options if option.is_held(booking.update_time)]
    if not offered:
        return
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
    for recipient in everybody_of(booking, sender):
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
    for recipient in everybody_of(booking, sender):
        yield "BOOKING_CHANGED", recipient, values, new.start_time
    if old.specialist_id != new.specialist_id:
        # The former one has this appointment no longer, and is told nothing of the new one.
        yield from _given_away(decision, specialist_of(before, sender), reads_on=False)


def _assigned(decision: Decision, sender: Sender) -> Iterator[Told]:
    """Who has it now reads what is confirmed, or to choose from; of what else there is to do their tasks tell.

    Whoever was told of its time is told once more, as nothing that is not yet sent of the version before will be.
    """
    booking, before = decision.booking, decision.before
    if booking.state is State.OFFERED:
        yield from _offered(decision, sender)
    if before is None or booking.state is not State.CONFIRMED:
        return
    if not booking.has_begun(booking.update_time):
        yield from _confirmed(decision, sender)
    reads_on = booking.unit_id is not None and booking.unit_id == before.people.manager_unit_id
    former = [each for each in manager_of(before, sender) if each.key == "case_manager"]
    yield from _given_away(decision, former, reads_on=reads_on)


def _given_away(decision: Decision, recipients: Sequence[Recipient], *, reads_on: bool) -> Iterator[Told]:
    """To whom it is taken from; who may not open it any more gets no link."""
    before = decision.before
    start = before.appointment.start_time if before and before.appointment else ""
    values: Values = {"start_time": start, "reason": _reason(decision), **({} if reads_on else {"booking_url": ""})}
    for recipient in recipients:
        yield "BOOKING_GIVEN_AWAY", recipient, values, None


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
    for recipient in everybody_of(booking, sender) if was_confirmed else manager_of(booking, sender):
        is_companys = recipient.key != "specialist"
        rebook_url = _rebook_url(booking, sender, recipient) if decision.suggests_rebooking else ""
        own = {"kind": cancellation.kind.name, "rebook_url": rebook_url} if is_companys else {}
        yield "BOOKING_CANCELLED", recipient, {**common, **own}, None


def _declined(decision: Decision, sender: Sender) -> Iterator[Told]:
    for recipient in manager_of(decision.booking, sender):
        rebook_url = _rebook_url(decision.booking, sender, recipient)
        values = {"reason": _reason(decision) or "OTHER", "rebook_url": rebook_url}
        yield "BOOKING_DECLINED", recipient, values, None


def _expired(decision: Decision, sender: Sender) -> Iterator[Told]:
    waited = decision.before.state if decision.before else State.REQUESTED
    for recipient in _with_staff(decision.booking, sender):
        values = {"reason": waited.name, "rebook_url": _rebook_url(decision.booking, sender, recipient)}
        yield "BOOKING_EXPIRED", recipient, values, None


def _move_requested(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking, asked = decision.booking, decision.booking.move_request
    if booking.appointment is None or asked is None:
        return
    wishes: list[Mapping[str, str | int | datetime]] = [
        *({"start_time": start} for start in (asked.start_time,) if start),
        *({"start_time": start, "end_time": end} for start, end in asked.wishes),
    ]
    values: Values = {
        "start_time": booking.appointment.start_time,
        "wishes": wishes,
        "reason": _reason(decision) or "OTHER",
    }
    for recipient in staff_of(sender):
        yield "BOOKING_MOVE_REQUESTED", recipient, values, booking.appointment.start_time


def _move_declined(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking = decision.booking
    if booking.appointment is None:
        return
    start = booking.appointment.start_time
    values: Values = {"start_time": start}
    for recipient in manager_of(booking, sender):
        yield "BOOKING_MOVE_DECLINED", recipient, values, start


def _outcome_recorded(decision: Decision, sender: Sender) -> Iterator[Told]:
    booking = decision.booking
    if booking.state is not State.NOT_ATTENDED or booking.appointment is None:
        return
    values: Values = {"start_time": booking.appointment.start_time, "specialist": booking.shown.specialist_name}
    for recipient in manager_of(booking, sender):
        rebook_url = _rebook_url(booking, sender, recipient)
        yield "BOOKING_NOT_ATTENDED", recipient, {**values, "rebook_url": rebook_url}, None


def _rebook_url(booking: Booking, sender: Sender, recipient: Recipient) -> str:
    """Where a case manager books again; staff do it from the booking."""
    if recipient.area != "cm":
        return ""
    return f"{sender.public_url}/cm/request?case={booking.case_id}&rebook={booking.id}"


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
    Kind.MOVE_REQUESTED: _move_requested,
    Kind.MOVE_DECLINED: _move_declined,
    Kind.OUTCOME_RECORDED: _outcome_recorded,
}
_BESIDE = frozenset({Kind.MOVE_REQUESTED, Kind.MOVE_DECLINED, Kind.OUTCOME_RECORDED})
"""What they tell takes no message's place: the appointment stays as it is."""
