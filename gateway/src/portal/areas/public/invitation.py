"""An invitation, by its link or by its code: look at it, set a password or sign in, and hold the application."""

from collections.abc import Mapping

from portico.applications.v1.resources_pb2 import InvitationProof, TypedCode
from portico.applications.v1.service_pb2 import (
    AcceptInvitationRequest,
    CheckInvitationRequest,
    CheckInvitationResponse,
    ClaimInvitationRequest,
    ResendInvitationRequest,
)
from portico.identity.v1.service_pb2 import LoginRequest, RegisterFamilyRequest
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import NotFound, ServiceError
from portal.core.context import FAMILY, Visit, choice
from portal.core.forms import Form

CODE_PROBLEMS = frozenset(
    {"NUMBER_MISMATCH", "CODE_BLOCKED", "TOO_MANY_CODES", "INVALID_REQUEST", "INVITATION_UNKNOWN"}
)
ENDED = frozenset({"INVITATION_EXPIRED", "INVITATION_USED", "INVITATION_REVOKED", "INVITATION_REPLACED"})
FORM_PROBLEMS = frozenset({"PASSWORD_WEAK", "LOGIN_FAILED", "USERNAME_TAKEN", "INVALID_REQUEST"})


class InvitationUnknown(NotFound):
    """A typed code belongs to no invitation."""

    reason = "INVITATION_UNKNOWN"
    message = "This invitation is not known."


async def show(visit: Visit) -> Response:
    """What the link's invitation is worth; mail scanners may look as often as they like."""
    return await _look(visit, _by_token(visit))


async def answer(visit: Visit) -> Response:
    """What the person chose on the link's page."""
    return await _act(visit, _by_token(visit))


async def ask(visit: Visit) -> Response:
    """The code and the number of an application, from a message."""
    return visit.show("public/link.html")


async def answer_code(visit: Visit) -> Response:
    """What the typed code is worth, and then what the person chose."""
    proof = InvitationProof(
        typed=TypedCode(code=visit.form["code"], application_number=visit.form["application_number"])
    )
    try:
        if visit.form["do"]:
            return await _act(visit, proof)
        return await _look(visit, proof)
    except ServiceError as error:
        if error.reason not in CODE_PROBLEMS:
            raise
        visit.form = visit.form.refused(error, visit.words)
        return visit.show("public/link.html")


def _by_token(visit: Visit) -> InvitationProof:
    return InvitationProof(token=visit.param("token"))


async def _look(visit: Visit, proof: InvitationProof, form: Form | None = None) -> Response:
    found = await visit.services.applications.CheckInvitation(CheckInvitationRequest(proof=proof))
    visit.speak(found.language, found.time_zone)
    if choice(found, "state") == "UNKNOWN" and proof.HasField("typed"):
        raise InvitationUnknown()
    return _page(visit, proof, found, form)


def _page(
    visit: Visit, proof: InvitationProof, found: CheckInvitationResponse, form: Form | None = None, *, done: str = ""
) -> Response:
    # The typed code goes with each step in the form; a link's token stands in the address already.
    hidden: Mapping[str, str] = (
        {"code": proof.typed.code, "application_number": proof.typed.application_number}
        if proof.HasField("typed")
        else {}
    )
    is_family = visit.session is not None and visit.session.role is Role.FAMILY
    return visit.show(
        "public/invitation.html",
        form=form or Form(),
        found=found,
        state=choice(found, "state"),
        hidden_fields=hidden,
        account=visit.session if is_family else None,
        done=done,
    )


async def _act(visit: Visit, proof: InvitationProof) -> Response:
    steps = {"register": _register, "sign-in": _sign_in, "accept": _accept, "resend": _resend}
    step = steps.get(visit.form["do"])
    if step is None:
        visit.not_found()
    # In the language of the invitation, also where the answer is a refusal.
    found = await visit.services.applications.CheckInvitation(CheckInvitationRequest(proof=proof))
    visit.speak(found.language, found.time_zone)
    try:
        return await step(visit, proof)
    except ServiceError as error:
        if error.reason in ENDED:
            return await _look(visit, proof)
        if error.reason not in FORM_PROBLEMS:
            raise
        return await _look(visit, proof, visit.form.refused(error, visit.words))


async def _register(visit: Visit, proof: InvitationProof) -> Response:
    claimed = await visit.services.applications.ClaimInvitation(ClaimInvitationRequest(proof=proof))
    tokens = await visit.services.identity.RegisterFamily(
        RegisterFamilyRequest(
            contact_ticket=claimed.contact_ticket,
            password=visit.form.raw("password"),
            language=visit.chosen_language,
        )
    )
    visit.sign_in(tokens)
    return await _accept(visit, proof)


async def _sign_in(visit: Visit, proof: InvitationProof) -> Response:
    tokens = await visit.services.identity.Login(
        LoginRequest(realm=FAMILY, username=visit.form["username"], password=visit.form.raw("password"))
    )
    visit.sign_in(tokens)
    return await _accept(visit, proof)


async def _accept(visit: Visit, proof: InvitationProof) -> Response:
    request = AcceptInvitationRequest(request_id=visit.form["request_id"], proof=proof)
    application = await visit.services.applications.AcceptInvitation(request)
    return visit.go(f"/applications/{application.id}", notice="linked")


async def _resend(visit: Visit, proof: InvitationProof) -> Response:
    await visit.services.applications.ResendInvitation(ResendInvitationRequest(proof=proof))
    found = await visit.services.applications.CheckInvitation(CheckInvitationRequest(proof=proof))
    return _page(visit, proof, found, done="resend")
