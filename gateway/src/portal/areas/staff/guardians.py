"""What staff do about one guardian: invite, change contacts, take the link away and give it back."""

from google.protobuf.field_mask_pb2 import FieldMask
from portico.applications.v1 import service_pb2 as rpc
from portico.applications.v1.resources_pb2 import Application, ContactMethod, Guardian
from starlette.responses import Response

from chassis.errors import NotFound, ServiceError
from portal.areas.staff import labels
from portal.core.context import PageContext
from portal.core.forms import Form
from portal.core.labels import choice

FIELDS = ("given_name", "family_name", "email", "phone", "preferred_method", "language")
NOT_NOW = frozenset({"ACTION_NOT_ALLOWED", "UNDO_EXPIRED", "RESET_LIMIT_REACHED", "ACCOUNT_NOT_ACTIVE"})


class GuardianNotFound(NotFound):
    """No such guardian of this application."""

    reason = "GUARDIAN_NOT_FOUND"
    message = "No such guardian."


async def show(context: PageContext) -> Response:
    """The form with a guardian's details."""
    application, guardian = await _load(context)
    written = {name: getattr(guardian, name) for name in FIELDS}
    context.form = Form({**written, "preferred_method": choice(guardian, "preferred_method")})
    return context.render("staff/guardian.html", application=application, guardian=guardian)


async def update(context: PageContext) -> Response:
    """Saves them; a changed contact revokes a live invitation."""
    form = context.form
    request = rpc.UpdateGuardianRequest(
        request_id=form["request_id"],
        application_id=context.param("application_id"),
        guardian=rpc.GuardianPatch(
            id=context.param("guardian_id"),
            preferred_method=_method(form),
            **{name: form[name] for name in FIELDS if name != "preferred_method"},
        ),
        update_mask=FieldMask(paths=FIELDS),
    )
    try:
        await context.services.applications.UpdateGuardian(request)
    except ServiceError as error:
        if error.reason not in {"CONTACT_INVALID", "INVALID_REQUEST"}:
            raise
        application, guardian = await _load(context)
        context.form = form.refused(error, context.i18n)
        return context.render("staff/guardian.html", application=application, guardian=guardian)
    return context.redirect(_application(context), flash="saved")


async def ask_method(context: PageContext) -> Response:
    """By email or by SMS?"""
    application, guardian = await _load(context)
    return context.render(
        "staff/invite.html", labels=labels, application=application, guardian=guardian, next=context.next
    )


async def invite(context: PageContext) -> Response:
    """Invites, or invites again: whichever fits."""
    application, guardian = await _load(context)
    fields, method = _ids(context), _method(context.form)
    try:
        if Guardian.REINVITE in guardian.allowed_actions:
            await context.services.applications.ReinviteGuardian(rpc.ReinviteGuardianRequest(**fields, method=method))
        else:
            await context.services.applications.InviteGuardian(rpc.InviteGuardianRequest(**fields, method=method))
    except ServiceError as error:
        if error.reason == "METHOD_MISSING":
            context.form = context.form.refused(error, context.i18n)
            return context.render(
                "staff/invite.html", labels=labels, application=application, guardian=guardian, next=context.next
            )
        return _not_now(context, error)
    return _back(context, "invited")


async def act(context: PageContext) -> Response:
    """Does one of the things that need no more words."""
    applications, fields = context.services.applications, _ids(context)
    try:
        match context.param("action"):
            case "unlink":
                await applications.UnlinkGuardian(rpc.UnlinkGuardianRequest(**fields))
                return _back(context, "unlinked")
            case "undo-unlink":
                await applications.UndoUnlink(rpc.UndoUnlinkRequest(**fields))
                return _back(context, "undone")
            case "revoke":
                await applications.RevokeInvitation(rpc.RevokeInvitationRequest(**fields))
                return _back(context, "revoked")
            case "send-password-reset":
                await applications.SendPasswordReset(rpc.SendPasswordResetRequest(**fields))
                return _back(context, "reset-sent")
            case _:
                context.not_found()
    except ServiceError as error:
        return _not_now(context, error)


def _ids(context: PageContext) -> dict[str, str]:
    return {
        "request_id": context.form["request_id"],
        "application_id": context.param("application_id"),
        "guardian_id": context.param("guardian_id"),
    }


def _method(form: Form) -> ContactMethod.ValueType:
    chosen = form["preferred_method"] or form["method"]
    return ContactMethod.Value(chosen) if chosen in {"EMAIL", "SMS"} else ContactMethod.CONTACT_METHOD_UNSPECIFIED


def _application(context: PageContext) -> str:
    return f"/staff/applications/{context.param('application_id')}"


def _back(context: PageContext, flash: str) -> Response:
    return context.redirect(context.next or _application(context), flash=flash)


def _not_now(context: PageContext, error: ServiceError) -> Response:
    """The page shows what fits now; a word says why it was not done."""
    if error.reason not in NOT_NOW:
        raise error
    return _back(context, error.reason)


async def _load(context: PageContext) -> tuple[Application, Guardian]:
    application = await context.services.applications.GetApplication(
        rpc.GetApplicationRequest(application_id=context.param("application_id"))
    )
    for guardian in application.guardians:
        if guardian.id == context.param("guardian_id"):
            return application, guardian
    raise GuardianNotFound()
