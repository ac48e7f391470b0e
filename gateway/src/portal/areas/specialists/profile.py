"""A specialist's profile: what is written of them, and whether they can be booked."""

from dataclasses import replace

from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico.casemanager.v1.specialists_pb2 import (
    ActivateSpecialistRequest,
    DeactivateSpecialistRequest,
    UpdateSpecialistRequest,
)
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.areas.specialists.fields import ABOUT, choices, form_of, mask, patch_of
from portal.areas.specialists.search import LIST
from portal.core.context import PageContext
from portal.core.person_logins import holder_of, said_of_login
from portal.core.specialists import InTheWay, specialist_of


async def show(context: PageContext) -> Response:
    """The form, filled with what is known; what was typed before stays."""
    specialist = await _load(context)
    if not context.form.values:
        context.form = form_of(specialist)
    return await _page(context, specialist)


async def change(context: PageContext) -> Response:
    """Saves what was typed, an empty field too."""
    request = UpdateSpecialistRequest(
        **ids(context), specialist=patch_of(context.form), update_mask=mask(), etag=context.form["etag"]
    )
    try:
        await context.services.casemanager.UpdateSpecialist(request)
    except ServiceError as error:
        if error.reason not in ABOUT:
            raise
        context.form = context.form.refused(error, context.i18n, about=ABOUT[error.reason])
        return await _page(context, await _load(context))
    return context.redirect(_address(context), flash="specialist-saved")


async def ask_deactivation(context: PageContext) -> Response:
    """What follows, before it is done."""
    return context.render("specialists/deactivate.html", specialist=await _load(context), bookings=None)


async def deactivate(context: PageContext) -> Response:
    """Takes the person out of service; while something is booked the page names it, and nothing is done."""
    try:
        await context.services.casemanager.DeactivateSpecialist(DeactivateSpecialistRequest(**ids(context)))
    except ServiceError as error:
        if error.reason == "DEPENDENCY_UNAVAILABLE":
            return context.redirect(_address(context), flash=error.reason)
        if error.reason != "BOOKINGS_IN_THE_WAY":
            raise
        context.form = context.form.refused(error, context.i18n)
        specialist, bookings = await _load(context), InTheWay.of(error)
        return context.render("specialists/deactivate.html", specialist=specialist, bookings=bookings)
    return context.redirect(_address(context), flash="specialist-deactivated", ids=(context.param("specialist_id"),))


async def activate(context: PageContext) -> Response:
    """Puts the person back into service, with the login that went with them; or says why that cannot be."""
    try:
        await context.services.casemanager.ActivateSpecialist(ActivateSpecialistRequest(**ids(context)))
    except ServiceError as error:
        if error.reason not in {"USERNAME_TAKEN", "DEPENDENCY_UNAVAILABLE"}:
            raise
        specialist, refused = await _load(context), context.form.refused(error, context.i18n)
        said = said_of_login(context, error) or refused.problem
        context.form = replace(refused, values=form_of(specialist).values, problem=said)
        return await _page(context, specialist, taken_by=await holder_of(context, error))
    return context.redirect(_address(context), flash="specialist-activated")


async def _load(context: PageContext) -> Specialist:
    return await specialist_of(context, context.param("specialist_id"))


async def _page(context: PageContext, specialist: Specialist, *, taken_by: str = "") -> Response:
    """`taken_by`: who has the address already."""
    return context.render(
        "specialists/details.html", specialist=specialist, taken_by=taken_by, **await choices(context)
    )


def ids(context: PageContext) -> dict[str, str]:
    """Of the call, and of whom it is about."""
    return {"request_id": context.form["request_id"], "specialist_id": context.param("specialist_id")}


def _address(context: PageContext) -> str:
    return f"{LIST}/{context.param('specialist_id')}"
