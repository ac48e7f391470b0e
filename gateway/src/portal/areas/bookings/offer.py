"""Offering times for a request: slots of anybody, and staff's own times; what is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from google.protobuf.timestamp_pb2 import Timestamp
from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import OfferedTime, OfferOptionsRequest, TimeChoice
from portico.casemanager.v1.schedule_resources_pb2 import IN_PERSON, TELEHEALTH, Place, Slot, Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from starlette.responses import Response

from chassis.errors import FieldViolation, InvalidArgument, ServiceError
from chassis.tasks import together
from chassis.wire import timestamp
from portal.areas.bookings.actions import CHANGED, ids, seen_anew
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.deeds import NOT_NOW
from portal.core.context import PageContext
from portal.core.forms import day_of
from portal.core.i18n import N_, zone_named
from portal.core.places import all_places
from portal.core.slot_search import AT_A_DISTANCE, choice_of, key_of, search, slots_named
from portal.core.specialists import MODES, called

MAX_OPTIONS = 5
AHEAD = timedelta(hours=2, minutes=15)
"""The service takes an offer of two hours ahead; choosing and sending take a while."""
MINUTES, MIN_MINUTES, MAX_MINUTES = 60, 10, 480
_MAX_SPECIALISTS = 200
_SPACE = "~"
"""Between the parts of an own time in the address."""
IN_THE_FORM = frozenset(
    {
        *("INVALID_REQUEST", "SLOT_TAKEN", "SLOT_UNKNOWN", "OPTIONS_OVERLAP", "TOO_LATE", "TOO_MANY_HOLDS"),
        *("OUTSIDE_REASON_NEEDED", "SPECIALIST_NOT_FOUND", "PLACE_NOT_FOUND", "AVAILABILITY_NOT_FOUND"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTime:
    """A time of staff's own, as a slot is shown; `key` is how it stands in the address."""

    key: str
    specialist: Specialist
    place: Place | None
    start_time: Timestamp
    end_time: Timestamp
    time_zone: str

    @property
    def specialist_name(self) -> str:
        """Who."""
        return called(self.specialist)

    @property
    def place_name(self) -> str:
        """Where; empty for telehealth."""
        return self.place.name if self.place else ""

    @property
    def minutes(self) -> int:
        """How long."""
        return (self.end_time.seconds - self.start_time.seconds) // 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is going to be offered; `gone` are slots that somebody else has by now."""

    slots: Sequence[Slot]
    own: Sequence[OwnTime]
    gone: int

    @property
    def keys(self) -> dict[str, list[str]]:
        """How it stands in the address."""
        return {"slot": [key_of(slot) for slot in self.slots], "own": [each.key for each in self.own]}

    @property
    def count(self) -> int:
        """How many times."""
        return len(self.slots) + len(self.own)

    def without(self, name: str, key: str) -> dict[str, list[str]]:
        """The keys of the others."""
        return {**self.keys, name: [each for each in self.keys[name] if each != key]}

    def and_slot(self, key: str) -> dict[str, list[str]]:
        """The keys with one more slot."""
        return {**self.keys, "slot": [*self.keys["slot"], key]}


async def show(context: PageContext) -> Response:
    """The wishes, what is chosen, and the free times of all specialists; a form for a time of staff's own."""
    booking = await load(context)
    if Booking.OFFER not in booking.allowed_actions:
        return context.redirect(address(context), flash="ACTION_NOT_ALLOWED")
    params = context.request.query_params
    keys = context.form.all("slot") or params.getlist("slot")
    own_keys = context.form.all("own") or params.getlist("own")
    fits = {"exclude_booking_id": booking.id, "service_type": booking.service_type}
    (specialists, places), slots = await together(
        _who_and_where(context), slots_named(context, keys[:MAX_OPTIONS], **fits)
    )
    known = {each.id: each for each in specialists}, {each.id: each for each in places}
    own = [each for key in own_keys[:MAX_OPTIONS] if (each := own_time(key, *known)) is not None]
    if context.query("specialist"):
        try:
            own.append(_typed(context, *known))
        except InvalidArgument as error:
            context.form = context.form.refused(error, context.i18n)
        else:
            chosen = Chosen(slots=slots, own=own, gone=0)
            return context.redirect(f"{address(context)}/offer?{urlencode(chosen.keys, doseq=True)}")
    chosen = Chosen(slots=slots, own=own, gone=len(keys[:MAX_OPTIONS]) - len(slots))
    found = await search(context, chosen.keys, earliest=context.now + AHEAD, **fits)
    if found.is_gone:
        return context.redirect(found.wanted.address())
    i18n = context.i18n
    return context.render(
        "bookings/offer.html",
        modes=MODES,
        values=found.values,
        booking=booking,
        here=address(context),
        etag=context.form["etag"] or booking.etag,
        chosen=chosen,
        is_full=chosen.count >= MAX_OPTIONS,
        found=found,
        key_of=key_of,
        address=lambda keys: found.wanted.address(**keys),
        people=[("", i18n(N_("please choose"))), *((each.id, called(each)) for each in specialists)],
        places=[(AT_A_DISTANCE, i18n(N_("Telehealth"))), *((place.id, place.name) for place in places)],
        typed={name: context.query(name) for name in ("specialist", "place", "day", "clock", "minutes")},
        usual_minutes=str(MINUTES),
    )


async def offer(context: PageContext) -> Response:
    """Offers what is chosen, and holds it; what is wrong is said above, and nothing of it is held."""
    try:
        await context.services.casemanager.OfferOptions(
            OfferOptionsRequest(**ids(context), options=await _options(context))
        )
    except ServiceError as error:
        if error.reason in NOT_NOW - IN_THE_FORM - {CHANGED}:
            return context.redirect(address(context), flash=error.reason)
        if error.reason not in IN_THE_FORM | {CHANGED}:
            raise
        is_changed = error.reason == CHANGED
        context.form = seen_anew(context, error) if is_changed else context.form.refused(error, context.i18n)
        return await show(context)
    return context.redirect(address(context), flash="booking-offered")


def own_time(key: str, specialists: dict[str, Specialist], places: dict[str, Place]) -> OwnTime | None:
    """The time with this key; None where it names nobody, nowhere or no time."""
    parts = key.split(_SPACE)
    specialist = specialists.get(parts[0])
    if len(parts) != 4 or specialist is None or not (parts[1] == AT_A_DISTANCE or parts[1] in places):
        return None
    place = places.get(parts[1])
    try:
        start, minutes = datetime.fromisoformat(parts[2]), int(parts[3])
    except ValueError:
        return None
    if start.tzinfo is not None or not MIN_MINUTES <= minutes <= MAX_MINUTES or not 2000 <= start.year <= 2199:
        return None
    zone = place.time_zone if place else specialist.time_zone
    begin = start.replace(tzinfo=zone_named(zone) or UTC).astimezone(UTC)
    return OwnTime(
        key=key,
        specialist=specialist,
        place=place,
        start_time=timestamp(begin),
        end_time=timestamp(begin + timedelta(minutes=minutes)),
        time_zone=zone,
    )


def _typed(context: PageContext, specialists: dict[str, Specialist], places: dict[str, Place]) -> OwnTime:
    """The time that was typed; InvalidArgument with its field for what is none."""
    day = day_of(context.query("day"), "day")
    try:
        clock = time.fromisoformat(context.query("clock")).replace(tzinfo=None)
    except ValueError:
        raise _refusal("clock", "CLOCK_INVALID") from None
    minutes = context.query("minutes")
    local = datetime.combine(date(day.year, day.month, day.day), clock)
    key = _SPACE.join((context.query("specialist"), context.query("place"), f"{local:%Y-%m-%dT%H:%M}", minutes))
    found = own_time(key, specialists, places) if minutes.isdecimal() and len(minutes) < 4 else None
    if found is None:
        raise _refusal("minutes", "NUMBER_OUT_OF_RANGE")
    return found


def _refusal(name: str, reason: str) -> InvalidArgument:
    return InvalidArgument(violations=[FieldViolation(name, reason, "is missing or wrong.")])


async def _options(context: PageContext) -> list[OfferedTime]:
    """What the form offers."""
    options = [OfferedTime(slot=choice_of(key)) for key in context.form.all("slot")]
    if own_keys := context.form.all("own"):
        specialists, places = await _who_and_where(context)
        known = {each.id: each for each in specialists}, {each.id: each for each in places}
        options += [_own_choice(context, own) for key in own_keys if (own := own_time(key, *known)) is not None]
    return options


def _own_choice(context: PageContext, own: OwnTime) -> OfferedTime:
    choice = TimeChoice(
        specialist_id=own.specialist.id,
        place_id=own.place.id if own.place else "",
        mode=IN_PERSON if own.place else TELEHEALTH,
        start_time=own.start_time,
        minutes=own.minutes,
        outside_availability_reason=context.form["outside_reason"],
    )
    return OfferedTime(own=choice)


async def _who_and_where(context: PageContext) -> tuple[Sequence[Specialist], Sequence[Place]]:
    """The active specialists, and all places."""
    request = ListSpecialistsRequest(page_size=_MAX_SPECIALISTS, account_status=Specialist.ACTIVE)
    found, places = await together(context.services.casemanager.ListSpecialists(request), all_places(context))
    return found.specialists, [place for place in places if place.status == Place.ACTIVE]
