"""A word about what was done, shown once on the next page. The cookie between them holds only the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.error_messages import ERROR_MESSAGES
from portal.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Flash:
    """Words, and whether they tell of something that went wrong."""

    words: str
    is_problem: bool = False


FLASHES: Mapping[str, Flash] = {
    "signed-out": Flash(N_("You are signed out.")),
    "password-changed": Flash(N_("Your new password is set. Sign in with it.")),
    "activated": Flash(N_("Your account is ready. Sign in with your new password.")),
    "linked": Flash(N_("The application now belongs to your account.")),
    "invited": Flash(N_("The invitation is on its way.")),
    "revoked": Flash(N_("The invitation was withdrawn. Its link and code no longer work.")),
    "unlinked": Flash(N_("The family no longer has access. You can undo this for 15 minutes.")),
    "undone": Flash(N_("The family has its access back.")),
    "reset-sent": Flash(N_("A message for a new password is on its way to the family.")),
    "saved": Flash(N_("The changes are saved.")),
    "created": Flash(N_("The application is entered.")),
    "device-signed-out": Flash(N_("The device is signed out.")),
    "devices-signed-out": Flash(N_("All other devices are signed out.")),
    "password-replaced": Flash(N_("Your password is changed, and all other devices are signed out.")),
    **{reason: Flash(words, is_problem=True) for reason, words in ERROR_MESSAGES.items()},
}
