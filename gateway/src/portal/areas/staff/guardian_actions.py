"""What staff do about a guardian: a row for each action. Applications says which are allowed, and in which order."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from google.protobuf.field_mask_pb2 import FieldMask
from portico.applications.v1 import applications_pb2, invitations_pb2, links_pb2
from portico.applications.v1.resources_pb2 import ContactMethod, Guardian

from portal.core.context import PageContext
from portal.core.i18n import N_

FIELDS = ("given_name", "family_name", "email", "phone", "preferred_method", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianAction:
    """One action: its label, where it stands below the guardian's address, its RPC, and what is said when it is done.

    `template`: the form that asks first, with the reasons that are said in it; without one a button does it at once.
    `is_dialog`: the form opens above the page that it comes from. Of two actions at one path the first allowed is done.
    `question` and `warning` stand in the dialog that asks before something is taken away, `undo` is the path of the
    action that gives it back.
    """

    value: Guardian.Action.ValueType
    label: str
    path: str
    call: Callable[[PageContext], Awaitable[object]]
    flash: str
    done: str
    template: str = ""
    form_reasons: frozenset[str] = frozenset()
    is_dialog: bool = False
    question: str = ""
    warning: str = ""
    undo: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether it takes something away: it is never the button that stands out, and a dialog asks once."""
        return bool(self.question)


def ids(context: PageContext) -> dict[str, str]:
    """The guardian of this address, and the form's request id."""
    return {
        "request_id": context.form["request_id"],
        "application_id": context.param("application_id"),
        "guardian_id": context.param("guardian_id"),
    }


def _method(name: str) -> ContactMethod.ValueType:
    return ContactMethod.Value(name) if name in {"EMAIL", "SMS"} else ContactMethod.CONTACT_METHOD_UNSPECIFIED


def _update(context: PageContext) -> Awaitable[object]:
    form = context.form
    patch = applications_pb2.GuardianPatch(
        preferred_method=_method(form["preferred_method"]),
        **{name: form[name] for name in FIELDS if name != "preferred_method"},
    )
    return context.services.applications.UpdateGuardian(
        applications_pb2.UpdateGuardianRequest(
            request_id=form["request_id"],
            application_id=context.param("application_id"),
            guardian_id=context.param("guardian_id"),
            guardian=patch,
            update_mask=FieldMask(paths=FIELDS),
        )
    )


_ROWS = (
    GuardianAction(
        value=Guardian.INVITE,
        label=N_("Invite"),
        path="/invite",
        call=lambda context: context.services.applications.InviteGuardian(
            invitations_pb2.InviteGuardianRequest(**ids(context), method=_method(context.form["method"]))
        ),
        flash="invited",
        done=N_("The invitation is on its way."),
        template="staff/invite.html",
        form_reasons=frozenset({"METHOD_MISSING", "INVITED_JUST_NOW"}),
        is_dialog=True,
    ),
    GuardianAction(
        value=Guardian.REINVITE,
        label=N_("Reinvite"),
        path="/invite",
        call=lambda context: context.services.applications.ReinviteGuardian(
            invitations_pb2.ReinviteGuardianRequest(**ids(context), method=_method(context.form["method"]))
        ),
        flash="invited",
        done=N_("The invitation is on its way."),
        template="staff/invite.html",
        form_reasons=frozenset({"METHOD_MISSING", "INVITED_JUST_NOW"}),
        is_dialog=True,
    ),
    GuardianAction(
        value=Guardian.UNLINK,
        label=N_("Unlink"),
        path="/unlink",
        call=lambda context: context.services.applications.UnlinkGuardian(
            links_pb2.UnlinkGuardianRequest(**ids(context))
        ),
        flash="unlinked",
        done=N_("The family no longer has access. You can undo this for 15 minutes."),
        template="staff/question.html",
        is_dialog=True,
        question=N_("Unlink %(name)s?"),
        warning=N_("This account no longer sees the application, from this moment on."),
        undo="/undo-unlink",
    ),
    GuardianAction(
        value=Guardian.UPDATE,
        label=N_("Update"),
        path="",
        call=_update,
        flash="saved",
        done=N_("The changes are saved."),
        template="staff/guardian.html",
        form_reasons=frozenset({"CONTACT_INVALID", "INVALID_REQUEST"}),
    ),
    GuardianAction(
        value=Guardian.SEND_PASSWORD_RESET,
        label=N_("Send password reset"),
        path="/send-password-reset",
        call=lambda context: context.services.applications.SendPasswordReset(
            links_pb2.SendPasswordResetRequest(**ids(context))
        ),
        flash="reset-sent",
        done=N_("A message for a new password is on its way to the family."),
    ),
    GuardianAction(
        value=Guardian.UNDO_UNLINK,
        label=N_("Undo unlink"),
        path="/undo-unlink",
        call=lambda context: context.services.applications.UndoUnlink(links_pb2.UndoUnlinkRequest(**ids(context))),
        flash="undone",
        done=N_("The family has its access back."),
    ),
    GuardianAction(
        value=Guardian.REVOKE_INVITATION,
        label=N_("Withdraw invitation"),
        path="/revoke",
        call=lambda context: context.services.applications.RevokeInvitation(
            invitations_pb2.RevokeInvitationRequest(**ids(context))
        ),
        flash="revoked",
        done=N_("The invitation was withdrawn. Its link and code no longer work."),
        template="staff/question.html",
        is_dialog=True,
        question=N_("Withdraw the invitation of %(name)s?"),
        warning=N_("Its link and code stop working at this moment. You can invite again whenever you like."),
    ),
)
ACTIONS: Mapping[int, GuardianAction] = {action.value: action for action in _ROWS}


def allowed_actions(guardian: Guardian) -> list[GuardianAction]:
    """What may be done now, the next step first; a service that is a release ahead may allow more than we know."""
    return [ACTIONS[value] for value in guardian.allowed_actions if value in ACTIONS]
