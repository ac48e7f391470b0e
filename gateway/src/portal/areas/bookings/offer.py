"""Offering times for a request: slots of anybody, and staff's own times; what is chosen stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from portico.casemanager.v1.booking_resources_pb2 import Booking
from portico.casemanager.v1.bookings_pb2 import OfferedTime, OfferOptionsRequest
from portico.casemanager.v1.schedule_resources_pb2 import Slot
from starlette.responses import Response

from chassis.errors import InvalidArgument, ServiceError
from chassis.tasks import together
from portal.areas.bookings.actions import CHANGED, ids
from portal.areas.bookings.booking import address, load
from portal.areas.bookings.deeds import NOT_NOW
from portal.areas.bookings.own_times import OwnTime, choices_of
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.slot_search import choice_of, key_of, search, slots_named
from portal.core.specialists import MODES

MAX_OPTIONS = 5
AHEAD = timedelta(hours=2, minutes=15)
"""The service takes an offer of two hours ahead; choosing and sending take a while."""
USUAL_MINUTES = "60"
IN_THE_FORM = frozenset(
    {
        *(CHANGED, "INVALID_REQUEST", "SLOT_TAKEN", "SLOT_UNKNOWN", "OPTIONS_OVERLAP", "TOO_LATE", "TOO_MANY_HOLDS"),
        *("OUTSIDE_REASON_NEEDED", "SPECIALIST_NOT_FOUND", "PLACE_NOT_FOUND", "AVAILABILITY_NOT_FOUND"),
    }
)


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
    known, slots = await together(choices_of(context), slots_named(context, keys[:MAX_OPTIONS], **fits))
    own = [each for key in own_keys[:MAX_OPTIONS] if (each := known.own_time(key)) is not None]
    if context.query("specialist"):
        try:
            own.append(known.typed(context.query))
        except InvalidArgument as error:
            context.form = context.form.refused(error, context.i18n)
        else:
            chosen = Chosen(slots=slots, own=own, gone=0)
            return context.redirect(f"{address(context)}/offer?{urlencode(chosen.keys, doseq=True)}")
    chosen = Chosen(slots=slots, own=own, gone=len(keys[:MAX_OPTIONS]) - len(slots))
    found = await search(context, chosen.keys, earliest=context.now + AHEAD, **fits)
    if found.is_gone:
        return context.redirect(found.wanted.address())
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
        specialists=known.specialist_options(context.i18n),
        places=known.place_options(context.i18n),
        is_typed=bool(context.query("specialist")),
        typed=Form({"minutes": USUAL_MINUTES, **context.request.query_params}),
    )


async def offer(context: PageContext) -> Response:
    """Offers what is chosen, and holds it; what is wrong is said above, and nothing of it is held."""
    try:
        await context.services.casemanager.OfferOptions(
            OfferOptionsRequest(**ids(context), options=await _options(context))
        )
    except ServiceError as error:
        if error.reason in NOT_NOW - IN_THE_FORM:
            return context.redirect(address(context), flash=error.reason)
        if error.reason not in IN_THE_FORM:
            raise
        context.form = context.form.refused(error, context.i18n)
        return await show(context)
    return context.redirect(address(context), flash="booking-offered")


async def _options(context: PageContext) -> list[OfferedTime]:
    """What the form offers."""
    options = [OfferedTime(slot=choice_of(key)) for key in context.form.all("slot")]
    if own_keys := context.form.all("own"):
        known, reason = await choices_of(context), context.form["outside_reason"]
        options += [OfferedTime(own=own.choice(reason)) for key in own_keys if (own := known.own_time(key)) is not None]
    return options
