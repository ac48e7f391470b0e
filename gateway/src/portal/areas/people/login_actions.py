"""What administrators do with a login: a row for each action. Identity says which are allowed, and in which order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portico.identity.v1 import login_users_pb2 as requests
from portico.identity.v1.login_users_pb2 import LoginUser
from portico.identity.v1.resources_pb2 import Account

from chassis.call import Role
from portal.core.context import PageContext
from portal.core.i18n import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAction:
    """One action: its label, where it stands below the login's address, its RPC, and what is said when it is done.

    `template`: the form that asks first, above the page that it comes from; without one a button does it at once.
    `question` and `warning` stand in the dialog that asks before something is taken away, `undo` is the path of the
    action that gives it back. `new_role`: only for a login that has another role.
    """

    value: LoginUser.Action.ValueType
    label: str
    path: str
    call: Callable[[PageContext], Awaitable[Account]]
    flash: str
    done: str
    template: str = ""
    form_reasons: frozenset[str] = frozenset()
    question: str = ""
    warning: str = ""
    undo: str = ""
    new_role: Role | None = None

    @property
    def is_grave(self) -> bool:
        """Whether it takes something away: it is never the button that stands out, and a dialog asks once."""
        return bool(self.question)


def ids(context: PageContext) -> dict[str, str]:
    """The login of this address, and the form's request id."""
    return {"request_id": context.form["request_id"], "account_id": context.param("account_id")}


def _set_role(context: PageContext, role: Role) -> Awaitable[Account]:
    return context.services.identity.SetLoginUserRole(
        requests.SetLoginUserRoleRequest(**ids(context), role=role.value)  # type: ignore[arg-type] # the same numbers
    )


ACTIONS = (
    LoginAction(
        value=LoginUser.RESET_PASSWORD,
        label=N_("Reset password"),
        path="/reset-password",
        call=lambda context: context.services.identity.SendLoginUserPasswordReset(
            requests.SendLoginUserPasswordResetRequest(**ids(context))
        ),
        flash="login-reset",
        done=N_("A message for a new password is on its way. It is good for 24 hours."),
    ),
    LoginAction(
        value=LoginUser.RESEND_ACTIVATION,
        label=N_("Resend activation"),
        path="/resend-activation",
        call=lambda context: context.services.identity.ResendActivation(
            requests.ResendActivationRequest(**ids(context))
        ),
        flash="login-resent",
        done=N_("A new activation message is on its way. The link of the older one no longer works."),
    ),
    LoginAction(
        value=LoginUser.CHANGE_USERNAME,
        label=N_("Change address"),
        path="/username",
        call=lambda context: context.services.identity.ChangePendingUsername(
            requests.ChangePendingUsernameRequest(**ids(context), username=context.form["username"])
        ),
        flash="login-moved",
        done=N_("The address is changed, and a new activation message is on its way to it."),
        template="people/username.html",
        form_reasons=frozenset({"USERNAME_INVALID", "USERNAME_TAKEN", "INVALID_REQUEST"}),
    ),
    LoginAction(
        value=LoginUser.DISABLE,
        label=N_("Disable"),
        path="/disable",
        call=lambda context: context.services.identity.DisableLoginUser(
            requests.DisableLoginUserRequest(**ids(context))
        ),
        flash="login-disabled",
        done=N_("The login is disabled."),
        template="people/question.html",
        question=N_("Disable the login of %(name)s?"),
        warning=N_("All devices of this person are signed out at once, and there is no way in until you enable it."),
        undo="/enable",
    ),
    LoginAction(
        value=LoginUser.ENABLE,
        label=N_("Enable"),
        path="/enable",
        call=lambda context: context.services.identity.EnableLoginUser(requests.EnableLoginUserRequest(**ids(context))),
        flash="login-enabled",
        done=N_("The login is enabled."),
    ),
    LoginAction(
        value=LoginUser.UNLOCK,
        label=N_("Unlock"),
        path="/unlock",
        call=lambda context: context.services.identity.UnlockLoginUser(requests.UnlockLoginUserRequest(**ids(context))),
        flash="login-unlocked",
        done=N_("The login is unlocked. This person can try the password again."),
    ),
    LoginAction(
        value=LoginUser.REVOKE_SESSIONS,
        label=N_("Sign out everywhere"),
        path="/sign-out",
        call=lambda context: context.services.identity.RevokeLoginUserSessions(
            requests.RevokeLoginUserSessionsRequest(**ids(context))
        ),
        flash="login-signed-out",
        done=N_("All devices of this person are signed out."),
        template="people/question.html",
        question=N_("Sign %(name)s out everywhere?"),
        warning=N_("All devices of this person are signed out at once. They can sign in again."),
    ),
    LoginAction(
        value=LoginUser.SET_ROLE,
        label=N_("Make administrator"),
        path="/make-administrator",
        call=lambda context: _set_role(context, Role.STAFF_ADMIN),
        flash="login-promoted",
        done=N_("This person is an administrator now."),
        template="people/question.html",
        question=N_("Make %(name)s an administrator?"),
        warning=N_(
            "Administrators manage all logins and the settings of your organization. This person has to sign in again."
        ),
        new_role=Role.STAFF_ADMIN,
    ),
    LoginAction(
        value=LoginUser.SET_ROLE,
        label=N_("Make staff"),
        path="/make-staff",
        call=lambda context: _set_role(context, Role.STAFF),
        flash="login-demoted",
        done=N_("This person is no administrator any more."),
        template="people/question.html",
        question=N_("Make %(name)s a member of the staff?"),
        warning=N_(
            "This person no longer manages logins or the settings of your organization, and has to sign in again."
        ),
        new_role=Role.STAFF,
    ),
)
"""In the order of the contract."""


def allowed_actions(user: LoginUser) -> list[LoginAction]:
    """What may be done now, in the answer's order; a service that is a release ahead may allow more than we know."""
    return [
        action
        for value in user.actions
        for action in ACTIONS
        if action.value == value and (action.new_role is None or action.new_role.value != user.account.role)
    ]
