"""A word about what was done, shown once on the next page. The cookie between them holds only the key."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.core.error_messages import REFUSALS
from portal.core.i18n import N_


@dataclass(frozen=True, slots=True)
class Notice:
    """Words, and whether they tell of something that went wrong."""

    words: str
    is_problem: bool = False


NOTICES: Mapping[str, Notice] = {
    "signed-out": Notice(N_("You are signed out.")),
    "password-changed": Notice(N_("Your new password is set. Sign in with it.")),
    "activated": Notice(N_("Your account is ready. Sign in with your new password.")),
    "linked": Notice(N_("The application now belongs to your account.")),
    "invited": Notice(N_("The invitation is on its way.")),
    "revoked": Notice(N_("The invitation was withdrawn. Its link and code no longer work.")),
    "unlinked": Notice(N_("The family no longer has access. You can undo this for 15 minutes.")),
    "undone": Notice(N_("The family has its access back.")),
    "reset-sent": Notice(N_("A message for a new password is on its way to the family.")),
    "saved": Notice(N_("The changes are saved.")),
    "created": Notice(N_("The application is entered.")),
    "device-signed-out": Notice(N_("The device is signed out.")),
    "devices-signed-out": Notice(N_("All other devices are signed out.")),
    "password-replaced": Notice(N_("Your password is changed, and all other devices are signed out.")),
    **{reason: Notice(words, is_problem=True) for reason, words in REFUSALS.items()},
}
