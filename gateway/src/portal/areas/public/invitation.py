"""An invitation, by its link or by its code: look at it, set a password or sign in, and hold the application."""

from collections.abc import Mapping

from portico.applications.v1.claims_pb2 import (
    AcceptInvitationRequest,
    CheckInvitationRequest,
    CheckInvitationResponse,
    ClaimInvitationRequest,
    ResendInvitationRequest,
)
from portico.applications.v1.resources_pb2 import InvitationProof, TypedCode
from portico.identity.v1.registrations_pb2 import RegisterFamilyRequest
from portico.identity.v1.sessions_pb2 import LoginRequest
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import NotFound, ServiceError, Unauthenticated
from portal.areas.public.usernames import family_username
from portal.core.context import FAMILY, PageContext
from portal.core.forms import Form
from portal.core.labels import choice

CODE_PROBLEMS = frozenset(
    {"NUMBER_MISMATCH", "CODE_BLOCKED", "TOO_MANY_CODES", "INVALID_REQUEST", "INVITATION_UNKNOWN"}
)
ENDED = frozenset({"INVITATION_EXPIRED", "INVITATION_USED", "INVITATION_REVOKED", "INVITATION_REPLACED"})
FORM_PROBLEMS = frozenset({"PASSWORD_WEAK", "LOGIN_FAILED", "USERNAME_TAKEN", "INVALID_REQUEST"})


class InvitationUnknown(NotFound):
    """A typed code belongs to no invitation."""

    reason = "INVITATION_UNKNOWN"
    message = "This invitation is not known."


async def show(context: PageContext) -> Response:
    """What the link's invitation is worth; mail scanners may look as often as they like."""
    return await _look(context, _by_token(context))


async def answer(context: PageContext) -> Response:
    """What the person chose on the link's page."""
    return await _act(context, _by_token(context))


async def ask(context: PageContext) -> Response:
    """The code and the number of an application, from a message."""
    return context.render("public/link.html", is_dead=False)


async def answer_code(context: PageContext) -> Response:
    """What the typed code is worth, and then what the person chose."""
    proof = InvitationProof(
        typed=TypedCode(code=context.form["code"], application_number=context.form["application_number"])
    )
    try:
        if context.form["do"]:
            return await _act(context, proof)
        return await _look(context, proof)
    except ServiceError as error:
        if error.reason not in CODE_PROBLEMS:
            raise
        context.form = context.form.refused(error, context.i18n)
        return context.render("public/link.html", is_dead=error.reason == "CODE_BLOCKED")


def _by_token(context: PageContext) -> InvitationProof:
    return InvitationProof(token=context.param("token"))


async def _look(context: PageContext, proof: InvitationProof, form: Form | None = None) -> Response:
    found = await context.services.applications.CheckInvitation(CheckInvitationRequest(proof=proof))
    context.speak(found.language, found.time_zone)
    if choice(found, "state") == "UNKNOWN" and proof.HasField("typed"):
        raise InvitationUnknown()
    if choice(found, "state") == "USED" and _is_family(context):
        try:
            return await _accept(context, proof, flash="")  # changes nothing, and says where it is if it is theirs
        except Unauthenticated:  # as the session has ended, the page asks for a sign-in
            context.sign_out()
        except ServiceError as error:
            if error.reason not in ENDED:
                raise
    return _page(context, proof, found, form)


def _page(
    context: PageContext,
    proof: InvitationProof,
    found: CheckInvitationResponse,
    form: Form | None = None,
    *,
    done: str = "",
) -> Response:
    # The typed code goes with each step in the form; a link's token stands in the address already.
    hidden: Mapping[str, str] = (
        {"code": proof.typed.code, "application_number": proof.typed.application_number}
        if proof.HasField("typed")
        else {}
    )
    return context.render(
        "public/invitation.html",
        form=form or Form(),
        blank_form=Form(),
        found=found,
        state=choice(found, "state"),
        hidden_fields=hidden,
        account=context.session if _is_family(context) else None,
        done=done,
    )


def _is_family(context: PageContext) -> bool:
    return context.session is not None and context.session.role is Role.FAMILY


async def _act(context: PageContext, proof: InvitationProof) -> Response:
    steps = {"register": _register, "sign-in": _sign_in, "accept": _accept, "resend": _resend}
    step = steps.get(context.form["do"])
    if step is None:
        context.not_found()
    # In the language of the invitation, also where the answer is a refusal.
    found = await _worth(context, proof, also_dead=step is _resend)
    context.speak(found.language, found.time_zone)
    try:
        return await step(context, proof)
    except ServiceError as error:
        if error.reason in ENDED:
            return await _look(context, proof)
        if error.reason not in FORM_PROBLEMS:
            raise
        return await _look(context, proof, context.form.refused(error, context.i18n))


async def _register(context: PageContext, proof: InvitationProof) -> Response:
    claimed = await context.services.applications.ClaimInvitation(ClaimInvitationRequest(proof=proof))
    result = await context.services.identity.RegisterFamily(
        RegisterFamilyRequest(
            contact_ticket=claimed.contact_ticket,
            password=context.form.raw("password"),
            language=context.chosen_language or "",
        )
    )
    await context.sign_in(result)
    return await _accept(context, proof)


async def _sign_in(context: PageContext, proof: InvitationProof) -> Response:
    result = await context.services.identity.Login(
        LoginRequest(
            realm=FAMILY,
            username=family_username(context),
            password=context.form.raw("password"),
            device_tokens=context.device_tokens,
        )
    )
    await context.sign_in(result)
    return await _accept(context, proof)


async def _accept(context: PageContext, proof: InvitationProof, flash: str = "linked") -> Response:
    request = AcceptInvitationRequest(request_id=context.form["request_id"], proof=proof)
    application = await context.services.applications.AcceptInvitation(request)
    return context.redirect(f"/applications/{application.id}", flash=flash)


async def _resend(context: PageContext, proof: InvitationProof) -> Response:
    await context.services.applications.ResendInvitation(ResendInvitationRequest(proof=proof))
    return _page(context, proof, await _worth(context, proof, also_dead=True), done="resend")


async def _worth(context: PageContext, proof: InvitationProof, *, also_dead: bool) -> CheckInvitationResponse:
    """What the invitation is worth; `also_dead`: nothing is known of one whose code was tried too often."""
    try:
        return await context.services.applications.CheckInvitation(CheckInvitationRequest(proof=proof))
    except ServiceError as error:
        if error.reason != "CODE_BLOCKED" or not also_dead:
            raise
        return CheckInvitationResponse()
