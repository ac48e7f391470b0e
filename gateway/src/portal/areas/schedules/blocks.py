"""The form of a block of time: on one date, or every week; made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

from portico.casemanager.v1.availabilities_pb2 import (
    AvailabilityBlock,
    CreateAvailabilityRequest,
    DeleteAvailabilityRequest,
    GetAvailabilityRequest,
    UpdateAvailabilityRequest,
)
from portico.casemanager.v1.schedule_resources_pb2 import IN_PERSON, TELEHEALTH, Availability, Place
from portico.casemanager.v1.value_lists_pb2 import ValueList
from starlette.responses import Response

from chassis.errors import ServiceError
from chassis.tasks import together
from portal.areas.schedules import labels
from portal.areas.schedules.typed import clock_of, day_of, minute_of, number_of, refusal
from portal.areas.schedules.whose import Whose, base_of, whose
from portal.areas.schedules.words import WEEKDAYS, Words, weekday_chips
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.i18n import N_
from portal.core.labels import choice
from portal.core.places import all_places, names_by_id
from portal.core.values import Values, values_of

ABOUT: Mapping[str, str] = {
    "PLACE_NOT_FOUND": "place_id",
    "PLACE_INACTIVE": "place_id",
    "AVAILABILITY_TOO_LONG": "end_date",
    "VALUE_NOT_LISTED": "service_types",
    "CONCURRENT_CHANGE": "",
    "INVALID_REQUEST": "",
}
"""The refusals that the form can mend, each with the field that it is about where it names none."""
AT_A_DISTANCE = "telehealth"
"""In the field of the place: none."""
FEW_NEED = ("step_minutes", "minimum_notice_hours", "service_types")
"""The fields that the form folds away as long as they are empty and right."""
USUAL = {"kind": "AVAILABLE", "appointment_minutes": "60", "interval_weeks": "1"}
"""What a new block begins with."""
MAX_MINUTES, MIN_MINUTES, MAX_BUFFER, MAX_STEP, MAX_NOTICE, MAX_WEEKS = 480, 10, 120, 1440, 720, 8
"""As the contract has them."""


async def ask(context: PageContext) -> Response:
    """The empty form; what was typed and refused stays."""
    person, places, values = await together(whose(context), all_places(context), values_of(context))
    if not context.form.values:
        context.form = Form({**USUAL, "place_id": _likely(person, places)})
    return context.render(
        "schedules/block.html", **person.shown(context), **_choices(context, person, places, values), availability=None
    )


async def create(context: PageContext) -> Response:
    """Makes it, and shows it in the list; what is wrong stands beside its field."""
    form, person = context.form, await whose(context)
    try:
        where = form["place_id"]
        if not where:
            raise refusal("place_id", "PLACE_MISSING")
        request = CreateAvailabilityRequest(
            request_id=form["request_id"],
            specialist_id=person.specialist.id,
            mode=TELEHEALTH if where == AT_A_DISTANCE else IN_PERSON,
            place_id="" if where == AT_A_DISTANCE else where,
            block=_block(form),
        )
        await context.services.casemanager.CreateAvailability(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await ask(context)
    return context.redirect(f"{person.base}/availability", flash="availability-created")


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed and refused stays."""
    person, places, values, availability = await together(
        whose(context), all_places(context), values_of(context), load(context)
    )
    if not context.form.values:
        context.form = _form_of(availability)
    return context.render(
        "schedules/block.html",
        **person.shown(context),
        **_choices(context, person, places, values),
        availability=availability,
        words=Words(times=person.times(context), places=names_by_id(places)),
    )


async def change(context: PageContext) -> Response:
    """Writes it anew; bookings that no longer lie in its times are named."""
    try:
        request = UpdateAvailabilityRequest(**ids(context), block=_block(context.form), etag=context.form["etag"])
        changed = await context.services.casemanager.UpdateAvailability(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await show(context)
    return await done(context, changed, "availability-saved")


async def ask_removal(context: PageContext) -> Response:
    """What follows, before it is done."""
    person, places, availability = await together(whose(context), all_places(context), load(context))
    words = Words(times=person.times(context), places=names_by_id(places))
    return context.render("schedules/remove.html", **person.shown(context), availability=availability, words=words)


async def remove(context: PageContext) -> Response:
    """Removes it; bookings in its times are named."""
    removed = await context.services.casemanager.DeleteAvailability(DeleteAvailabilityRequest(**ids(context)))
    return await done(context, removed, "availability-removed")


async def done(context: PageContext, changed: Availability, flash: str, *, back: str = "") -> Response:
    """Back to the list with a word about it, unless bookings were left outside: then a page names them.

    The page is the answer to the form: sent once more it says the same.
    """
    address = back or f"{base_of(context)}/availability"
    if not changed.bookings:
        return context.redirect(address, flash=flash)
    person = await whose(context)
    context.flash = flash
    return context.render(
        "schedules/kept.html",
        **person.shown(context),
        bookings=changed.bookings,
        times=person.times(context),
        back=address,
    )


async def load(context: PageContext) -> Availability:
    """The availability of the address."""
    request = GetAvailabilityRequest(availability_id=context.param("availability_id"))
    return await context.services.casemanager.GetAvailability(request)


def ids(context: PageContext) -> dict[str, str]:
    """The availability of the address, and the form's request id."""
    return {"request_id": context.form["request_id"], "availability_id": context.param("availability_id")}


def first_choices(context: PageContext, person: Whose, places: Sequence[Place]) -> dict[str, Any]:
    """What the form of three fields takes; where is asked only where that is not plain."""
    where = _likely(person, places)
    return {
        "usual": {**USUAL, **({"place_id": where} if where else {})},
        "where": [] if where else _where(context, person, places),
    }


def _choices(context: PageContext, person: Whose, places: Sequence[Place], values: Values) -> dict[str, Any]:
    form, i18n = context.form, context.i18n
    kind = form["kind"]
    weeks = {1: i18n(N_("every week"))} | {
        count: i18n(N_("every %(count)s weeks")) % {"count": count} for count in range(2, MAX_WEEKS + 1)
    }
    return {
        "kinds": [(name, i18n(words), name == kind) for name, words in labels.KINDS_EXPLAINED.items()],
        "where": _where(context, person, places),
        "weekdays": weekday_chips(i18n, form.all("weekdays")),
        "weeks": [(str(count), words) for count, words in weeks.items()],
        "services": values.chips(ValueList.SERVICE_TYPES, _services(form)),
        "uses_more": any(form[name] or name in form.problems for name in FEW_NEED),
    }


def _where(context: PageContext, person: Whose, places: Sequence[Place]) -> list[tuple[str, str]]:
    """Where people can be seen: the specialist's own places first."""
    active = [place for place in places if place.status == Place.ACTIVE]
    own = [place for place in active if place.id in person.specialist.place_ids]
    others = [place for place in active if place.id not in person.specialist.place_ids]
    i18n = context.i18n
    return [
        ("", i18n(N_("Please choose one."))),
        *((place.id, place.name) for place in own),
        (AT_A_DISTANCE, i18n(N_("Telehealth"))),
        *((place.id, place.name) for place in others),
    ]


def _likely(person: Whose, places: Sequence[Place]) -> str:
    """Where the specialist sees people, when that is one way alone; else empty."""
    modes = person.specialist.modes
    ways = [place.id for place in places if place.status == Place.ACTIVE and place.id in person.specialist.place_ids]
    ways += [AT_A_DISTANCE] if TELEHEALTH in modes else []
    return ways[0] if len(ways) == 1 else ""


def _form_of(availability: Availability) -> Form:
    step = availability.step_minutes
    is_usual = step == availability.appointment_minutes + availability.buffer_minutes
    has_notice = availability.HasField("minimum_notice_hours")
    return Form(
        {
            "kind": choice(availability, "kind"),
            "start_date": availability.start_date,
            "end_date": availability.end_date if availability.weekdays else "",
            "start_minute": clock_of(availability.start_minute),
            "end_minute": clock_of(availability.end_minute),
            "weekdays": "\n".join(map(str, availability.weekdays)),
            "interval_weeks": str(availability.interval_weeks),
            "appointment_minutes": str(availability.appointment_minutes),
            "buffer_minutes": str(availability.buffer_minutes or ""),
            "step_minutes": "" if is_usual else str(step),
            "minimum_notice_hours": str(availability.minimum_notice_hours) if has_notice else "",
            "service_types": "\n".join(availability.service_types),
        }
    )


def _block(form: Form) -> AvailabilityBlock:
    """What was typed; InvalidArgument with the field of what is none."""
    weekdays = [number for number in WEEKDAYS if str(number) in form.all("weekdays")]
    if form["kind"] not in labels.KINDS:
        raise refusal("kind", "VALUE_MISSING")
    if weekdays and not form["end_date"]:
        raise refusal("end_date", "STRING_MIN_LEN")
    return AvailabilityBlock(
        kind=Availability.Kind.Value(form["kind"]),
        start_date=day_of(form, "start_date").isoformat(),
        end_date=day_of(form, "end_date").isoformat() if weekdays else "",
        weekdays=weekdays,
        start_minute=minute_of(form, "start_minute"),
        end_minute=minute_of(form, "end_minute", is_end=True),
        interval_weeks=number_of(form, "interval_weeks", 1, MAX_WEEKS) or 1,
        appointment_minutes=number_of(form, "appointment_minutes", MIN_MINUTES, MAX_MINUTES)
        or int(USUAL["appointment_minutes"]),
        buffer_minutes=number_of(form, "buffer_minutes", 0, MAX_BUFFER) or 0,
        step_minutes=number_of(form, "step_minutes", 1, MAX_STEP) or 0,
        minimum_notice_hours=number_of(form, "minimum_notice_hours", 0, MAX_NOTICE),
        service_types=_services(form),
    )


def _services(form: Form) -> list[str]:
    """The types of service that were chosen, each once."""
    return list(dict.fromkeys(filter(None, map(str.strip, form.all("service_types")))))
