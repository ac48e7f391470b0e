"""What staff do about one guardian: invite, change contacts, take the link away and give it back."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.applications.v1 import service_pb2 as rpc
from portico.applications.v1.resources_pb2 import Application, ContactMethod, Guardian
from starlette.responses import Response

from chassis.errors import NotFound, ServiceError
from portal.core.context import Visit, choice
from portal.core.forms import Form

FIELDS = ("given_name", "family_name", "email", "phone", "preferred_method", "language")
NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "UNDO_EXPIRED", "RESET_LIMIT_REACHED", "ACCOUNT_NOT_ACTIVE"})


class GuardianNotFound(NotFound):
    """No such guardian of this application."""

    reason = "GUARDIAN_NOT_FOUND"
    message = "No such guardian."


async def show(visit: Visit) -> Response:
    """The form with a guardian's details."""
    application, guardian = await _load(visit)
    written = {name: getattr(guardian, name) for name in FIELDS}
    visit.form = Form({**written, "preferred_method": choice(guardian, "preferred_method")})
    return visit.show("staff/guardian.html", application=application, guardian=guardian)


async def update(visit: Visit) -> Response:
    """Saves them; a changed contact revokes a live invitation."""
    form = visit.form
    request = rpc.UpdateGuardianRequest(
        request_id=form["request_id"],
        application_id=visit.param("application_id"),
        guardian=rpc.GuardianPatch(
            id=visit.param("guardian_id"),
            preferred_method=_method(form),
            **{name: form[name] for name in FIELDS if name != "preferred_method"},
        ),
        update_mask=FieldMask(paths=FIELDS),
    )
    try:
        await visit.services.applications.UpdateGuardian(request)
    except ServiceError as error:
        if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST"}:
            raise
        application, guardian = await _load(visit)
        visit.form = form.refused(error, visit.words)
        return visit.show("staff/guardian.html", application=application, guardian=guardian)
    return visit.go(_application(visit), notice="saved")


async def ask_method(visit: Visit) -> Response:
    """By email or by SMS?"""
    application, guardian = await _load(visit)
    return visit.show("staff/invite.html", application=application, guardian=guardian, next=visit.next)


async def invite(visit: Visit) -> Response:
    """Invites, or invites again: whichever fits."""
    application, guardian = await _load(visit)
    fields, method = _ids(visit), _method(visit.form)
    try:
        if Guardian.REINVITE in guardian.allowed_actions:
            await visit.services.applications.ReinviteGuardian(rpc.ReinviteGuardianRequest(**fields, method=method))
        else:
            await visit.services.applications.InviteGuardian(rpc.InviteGuardianRequest(**fields, method=method))
    except ServiceError as error:
        if error.reason == "METHOD_MISSING":
            visit.form = visit.form.refused(error, visit.words)
            return visit.show("staff/invite.html", application=application, guardian=guardian, next=visit.next)
        return _not_now(visit, error)
    return _back(visit, "invited")


async def act(visit: Visit) -> Response:
    """Does one of the things that need no more words."""
    applications, fields = visit.services.applications, _ids(visit)
    try:
        match visit.param("action"):
            case "unlink":
                await applications.UnlinkGuardian(rpc.UnlinkGuardianRequest(**fields))
                return _back(visit, "unlinked")
            case "undo-unlink":
                await applications.UndoUnlink(rpc.UndoUnlinkRequest(**fields))
                return _back(visit, "undone")
            case "revoke":
                await applications.RevokeInvitation(rpc.RevokeInvitationRequest(**fields))
                return _back(visit, "revoked")
            case "send-password-reset":
                await applications.SendPasswordReset(rpc.SendPasswordResetRequest(**fields))
                return _back(visit, "reset-sent")
            case _:
                visit.not_found()
    except ServiceError as error:
        return _not_now(visit, error)


def _ids(visit: Visit) -> dict[str, str]:
    return {
        "request_id": visit.form["request_id"],
        "application_id": visit.param("application_id"),
        "guardian_id": visit.param("guardian_id"),
    }


def _method(form: Form) -> ContactMethod.ValueType:
    chosen = form["preferred_method"] or form["method"]
    return ContactMethod.Value(chosen) if chosen in {"EMAIL", "SMS"} else ContactMethod.CONTACT_METHOD_UNSPECIFIED


def _application(visit: Visit) -> str:
    return f"/staff/applications/{visit.param('application_id')}"


def _back(visit: Visit, notice: str) -> Response:
    return visit.go(visit.next or _application(visit), notice=notice)


def _not_now(visit: Visit, error: ServiceError) -> Response:
    """The page shows what fits now; a word says why it was not done."""
    if error.reason not in NOT_NOW:
        raise error
    return _back(visit, error.reason)


async def _load(visit: Visit) -> tuple[Application, Guardian]:
    application = await visit.services.applications.GetApplication(
        rpc.GetApplicationRequest(application_id=visit.param("application_id"))
    )
    for guardian in application.guardians:
        if guardian.id == visit.param("guardian_id"):
            return application, guardian
    raise GuardianNotFound()
