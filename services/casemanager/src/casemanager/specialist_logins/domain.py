"""What is done about a specialist's login: CM-06."""

from dataclasses import replace
from datetime import datetime

from portico_errors.casemanager import EmailMissing, SpecialistInactive

from casemanager.logins.domain import LoginAction, disabled, enabled, is_enabled
from casemanager.specialists.domain import Change, Specialist, changed


def enable(specialist: Specialist, _: None, now: datetime) -> Change:
    """Sees to it that there is a login with the person's address; raises SpecialistInactive or EmailMissing."""
    if not specialist.is_active:
        raise SpecialistInactive()
    if not specialist.email:
        raise EmailMissing()
    if is_enabled(specialist.login):
        return changed(specialist, now)
    login = enabled(specialist.login, username=specialist.email, now=now)
    return changed(replace(specialist, login=login), now, commands_login=True)


def disable(specialist: Specialist, _: None, now: datetime) -> Change:
    """Keeps the person out; without a login nothing changes."""
    if specialist.login is None or not is_enabled(specialist.login):
        return changed(specialist, now)
    return changed(replace(specialist, login=disabled(specialist.login, now)), now, commands_login=True)


def resend_activation(specialist: Specialist, _: None, now: datetime) -> Change:
    """Notes that the activation goes out once more; raises ActionNotAllowed."""
    specialist.known_login.require(LoginAction.RESEND_ACTIVATION, now)
    return changed(specialist, now)


def send_password_reset(specialist: Specialist, _: None, now: datetime) -> Change:
    """Notes that a link for a new password goes out; raises ActionNotAllowed."""
    specialist.known_login.require(LoginAction.RESET_PASSWORD, now)
    return changed(specialist, now)
