"""The offer of a login, by the link of its message: who asks, what a login gives, and two answers."""

from portico.casemanager.v1.login_offers_pb2 import (
    AnswerLoginOfferRequest,
    CheckLoginOfferRequest,
    CheckLoginOfferResponse,
)
from starlette.responses import Response

from chassis.errors import ServiceError
from portal.core.context import PageContext, realm_path
from portal.core.labels import choice
from portal.core.organizations import show_organization

ANSWERS = {"yes": AnswerLoginOfferRequest.YES, "no": AnswerLoginOfferRequest.NO}
ENDED = frozenset({"OFFER_EXPIRED", "OFFER_REPLACED", "OFFER_ANSWERED"})


async def show(context: PageContext) -> Response:
    """What the offer is worth; opening it answers nothing, so mail scanners may look as often as they like."""
    try:
        found = await _check(context)
    except ServiceError as error:
        if error.reason != "OFFER_UNKNOWN":
            raise
        return context.render("public/login_offer.html", found=None, state="UNKNOWN", sign_in="", status=404)
    context.speak(found.language, found.time_zone)
    await show_organization(context, found.realm, found.organization_name)
    return context.render(
        "public/login_offer.html",
        found=found,
        state=choice(found, "state"),
        sign_in=f"{realm_path(found.realm)}/sign-in",
    )


async def answer(context: PageContext) -> Response:
    """Takes the answer, and shows where the offer stands then; also where it came too late."""
    said = ANSWERS.get(context.form["do"])
    if said is None:
        context.not_found()
    request = AnswerLoginOfferRequest(token=context.param("token"), answer=said)
    try:
        await context.services.casemanager.AnswerLoginOffer(request)
    except ServiceError as error:
        if error.reason == "OFFER_UNKNOWN":
            return await show(context)
        if error.reason not in ENDED:
            raise
    return context.redirect(context.request.url.path)


async def _check(context: PageContext) -> CheckLoginOfferResponse:
    request = CheckLoginOfferRequest(token=context.param("token"))
    return await context.services.casemanager.CheckLoginOffer(request)
