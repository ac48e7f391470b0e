"""What staff do with a case manager's login: a row for each action. The service says which are allowed now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portico.casemanager.v1 import case_manager_logins_pb2 as requests
from portico.casemanager.v1.resources_pb2 import CaseManager, Login

from portal.areas.case_managers.profile import ids
from portal.core.context import PageContext
from portal.core.i18n import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAction:
    """One action: its label, where it stands below the login's address, its RPC, and what is said when it is done.

    `is_button`: a button does it; the others are what the form of the login saves. `undo` is the path below the
    person's address that gives back what it took away.
    """

    value: Login.Action.ValueType
    label: str
    path: str
    call: Callable[[PageContext], Awaitable[CaseManager]]
    flash: str
    done: str
    is_button: bool = False
    undo: str = ""


ENABLE = LoginAction(
    value=Login.ENABLE,
    label=N_("Enable Login"),
    path="/enable",
    call=lambda context: context.services.casemanager.EnableCaseManagerLogin(
        requests.EnableCaseManagerLoginRequest(**ids(context))
    ),
    flash="case-manager-login-enabled",
    done=N_("The login is enabled."),
)
OFFER = LoginAction(
    value=Login.OFFER,
    label=N_("Offer Online Account"),
    path="/offer",
    call=lambda context: context.services.casemanager.OfferCaseManagerLogin(
        requests.OfferCaseManagerLoginRequest(**ids(context), reason=context.form["reason"])
    ),
    flash="case-manager-login-offered",
    done=N_("The message that asks whether this person wants a login is on its way."),
)
RESEND_ACTIVATION = LoginAction(
    value=Login.RESEND_ACTIVATION,
    label=N_("Resend activation"),
    path="/resend-activation",
    call=lambda context: context.services.casemanager.ResendCaseManagerActivation(
        requests.ResendCaseManagerActivationRequest(**ids(context))
    ),
    flash="case-manager-login-resent",
    done=N_("A new activation message is on its way. The link of the older one no longer works."),
    is_button=True,
)
RESET_PASSWORD = LoginAction(
    value=Login.RESET_PASSWORD,
    label=N_("Reset password"),
    path="/reset-password",
    call=lambda context: context.services.casemanager.SendCaseManagerPasswordReset(
        requests.SendCaseManagerPasswordResetRequest(**ids(context))
    ),
    flash="case-manager-login-reset",
    done=N_("A message for a new password is on its way. It is good for 24 hours."),
    is_button=True,
)
DISABLE = LoginAction(
    value=Login.DISABLE,
    label=N_("Disable"),
    path="/disable",
    call=lambda context: context.services.casemanager.DisableCaseManagerLogin(
        requests.DisableCaseManagerLoginRequest(**ids(context))
    ),
    flash="case-manager-login-disabled",
    done=N_("The login is disabled."),
    undo="/login/enable",
)
ACTIONS = (ENABLE, OFFER, RESEND_ACTIVATION, RESET_PASSWORD, DISABLE)
"""In the order of the contract."""


def allowed_actions(login: Login) -> list[LoginAction]:
    """What may be done now, in the answer's order; a service that is a release ahead may allow more than we know."""
    return [action for value in login.actions for action in ACTIONS if action.value == value]
