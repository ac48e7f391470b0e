"""Why a specialist cannot be booked at a time: what is in the way of it, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.schedule_resources_pb2 import Slot, SlotHindrance, Specialist
from portico.casemanager.v1.slots_pb2 import ExplainSlotRequest
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from starlette.responses import Response

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from portal.areas.schedules.labels import HINDRANCES
from portal.core.context import PageContext
from portal.core.forms import Form, day_of
from portal.core.i18n import N_, zone_named
from portal.core.labels import choice
from portal.core.slot_search import key_of
from portal.core.specialists import MODES, called

WHY = "/staff/slots/why"
_MAX_SPECIALISTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """What is in the way: words, from when to when where it takes time, and where it can be changed."""

    words: str
    href: str = ""
    name: str = ""
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None


async def show(context: PageContext) -> Response:
    """The question, and the answer once it was asked: the slot that there is, or all that is in its way."""
    request = ListSpecialistsRequest(page_size=_MAX_SPECIALISTS, account_status=Specialist.ACTIVE)
    specialists = (await context.services.casemanager.ListSpecialists(request)).specialists
    form = Form({name: context.query(name) for name in ("specialist", "day", "clock")})
    slot: Slot | None = None
    hindrances: list[Hindrance] = []
    is_answered = False
    if form["specialist"]:
        try:
            slot, hindrances = await _answer(context, form, specialists)
            is_answered = True
        except ServiceError as error:
            if error.reason not in {"INVALID_REQUEST", "SPECIALIST_NOT_FOUND"}:
                raise
            form = form.refused(error, context.i18n)
    context.form = form
    return context.render(
        "schedules/why.html",
        people=[("", context.i18n(N_("please choose"))), *((each.id, called(each)) for each in specialists)],
        is_answered=is_answered,
        slot=slot,
        slot_key=key_of(slot) if slot else "",
        hindrances=hindrances,
        modes=MODES,
    )


async def _answer(
    context: PageContext, form: Form, specialists: Sequence[Specialist]
) -> tuple[Slot | None, list[Hindrance]]:
    """What the service says of the instant, which is on the specialist's clock."""
    zone = next((zone_named(each.time_zone) for each in specialists if each.id == form["specialist"]), None) or UTC
    try:
        clock = time.fromisoformat(form["clock"]).replace(tzinfo=None)
    except ValueError:
        raise InvalidArgument(violations=[FieldViolation("clock", "CLOCK_INVALID", "is no time of day.")]) from None
    day = day_of(form["day"], "day")
    start = datetime(day.year, day.month, day.day, clock.hour, clock.minute, tzinfo=zone)
    answer = await context.services.casemanager.ExplainSlot(
        ExplainSlotRequest(specialist_id=form["specialist"], start_time=f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    )
    page = f"/specialists/{form['specialist']}"
    return answer.slot if answer.HasField("slot") else None, [_told(each, page) for each in answer.hindrances]


def _told(hindrance: SlotHindrance, page: str) -> Hindrance:
    reason = choice(hindrance, "reason")
    takes_time = hindrance.HasField("start_time")
    href, name = "", hindrance.booking_number
    if hindrance.booking_id:
        href = f"/staff/bookings/{hindrance.booking_id}"
    elif hindrance.time_off_id:
        href, name = f"{page}/time-off", N_("Time off")
    elif hindrance.availability_id:
        href, name = f"{page}/availability/{hindrance.availability_id}", N_("Show these times")
    return Hindrance(
        words=HINDRANCES.get(reason, reason),
        href=href,
        name=name,
        start_time=hindrance.start_time if takes_time else None,
        end_time=hindrance.end_time if takes_time else None,
    )
