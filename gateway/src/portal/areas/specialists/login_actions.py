"""What staff do with a specialist's login: a row for each action. The service says which are allowed now."""

from portico.casemanager.v1 import specialist_logins_pb2 as requests
from portico.casemanager.v1.resources_pb2 import Login

from portal.areas.specialists.profile import ids
from portal.core.i18n import N_
from portal.core.person_logins import LoginAction

SENT_FLASH = "specialist-login-sent"
ENABLE = LoginAction(
    value=Login.ENABLE,
    label=N_("Enable Login"),
    path="/enable",
    call=lambda context: context.services.casemanager.EnableSpecialistLogin(
        requests.EnableSpecialistLoginRequest(**ids(context))
    ),
    flash="specialist-login-enabled",
    done=N_("The login is enabled."),
    sent_flash=SENT_FLASH,
    is_button=True,
)
RESEND_ACTIVATION = LoginAction(
    value=Login.RESEND_ACTIVATION,
    label=N_("Resend activation"),
    path="/resend-activation",
    call=lambda context: context.services.casemanager.ResendSpecialistActivation(
        requests.ResendSpecialistActivationRequest(**ids(context))
    ),
    flash="specialist-login-resent",
    done=N_("A new activation message is on its way. The link of the older one no longer works."),
    is_button=True,
)
RESET_PASSWORD = LoginAction(
    value=Login.RESET_PASSWORD,
    label=N_("Reset password"),
    path="/reset-password",
    call=lambda context: context.services.casemanager.SendSpecialistPasswordReset(
        requests.SendSpecialistPasswordResetRequest(**ids(context))
    ),
    flash="specialist-login-reset",
    done=N_("A message for a new password is on its way. It is good for 24 hours."),
    is_button=True,
)
DISABLE = LoginAction(
    value=Login.DISABLE,
    label=N_("Disable"),
    path="/disable",
    call=lambda context: context.services.casemanager.DisableSpecialistLogin(
        requests.DisableSpecialistLoginRequest(**ids(context))
    ),
    flash="specialist-login-disabled",
    done=N_("The login is disabled."),
    undo="/login/enable",
)
ACTIONS = (ENABLE, RESEND_ACTIVATION, RESET_PASSWORD, DISABLE)
"""In the order of the contract."""
