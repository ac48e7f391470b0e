"""What staff do with a case manager's login: a row for each action. The service says which are allowed now."""

from portico.casemanager.v1 import case_manager_logins_pb2 as requests
from portico.casemanager.v1.resources_pb2 import Login

from portal.areas.case_managers.profile import ids
from portal.core.i18n import N_
from portal.core.person_logins import LoginAction

SENT_FLASH = "case-manager-login-sent"
ENABLE = LoginAction(
    value=Login.ENABLE,
    label=N_("Enable Login"),
    path="/enable",
    call=lambda context: context.services.casemanager.EnableCaseManagerLogin(
        requests.EnableCaseManagerLoginRequest(**ids(context))
    ),
    flash="case-manager-login-enabled",
    done=N_("The login is enabled."),
    sent_flash=SENT_FLASH,
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
