"""How a person stands with their login, for staff: what the profiles of case managers and of specialists share."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import partial
from typing import Literal

from portico.casemanager.v1.case_managers_pb2 import ListCaseManagersRequest
from portico.casemanager.v1.resources_pb2 import CaseManager, Login
from portico.casemanager.v1.schedule_resources_pb2 import Specialist
from portico.casemanager.v1.specialists_pb2 import ListSpecialistsRequest
from starlette.responses import Response

from chassis.call import Role
from chassis.errors import ServiceError
from chassis.tasks import together
from portal.core.context import PageContext
from portal.core.failures import code, why
from portal.core.i18n import N_
from portal.core.pages import Handler, Page
from portal.core.versions import version_of

LOGIN_STATUSES: Mapping[str, str] = {
    "NONE": N_("No login"),
    "OFFERED": N_("Offered"),
    "DECLINED": N_("Declined"),
    "ACTIVATION_SENT": N_("Activation sent"),
    "ACTIVE": N_("Active"),
    "LOCKED": N_("Locked"),
    "DISABLED": N_("Disabled"),
}
SENTENCES: Mapping[str, str] = {
    "NONE": N_("This person has no login, and was never asked whether they want one."),
    "OFFERED": N_("This person was asked whether they want a login, and has not answered yet."),
    "DECLINED": N_("This person said that they do not want a login."),
    "ACTIVATION_SENT": N_("The login is made. It waits until this person sets the first password."),
    "ACTIVE": N_("This person can sign in."),
    "LOCKED": N_(
        "Too many wrong passwords were typed. Devices that signed in before still get in; new ones have to wait."
    ),
    "DISABLED": N_("This person can neither sign in nor set a new password. What they did is kept."),
}
"""What a login status means."""
SINCE: Mapping[str, str] = {
    "OFFERED": N_("Offered"),
    "DECLINED": N_("Declined"),
    "ACTIVATION_SENT": N_("Activation sent"),
    "DISABLED": N_("Disabled"),
}
"""What the time of a status is called; of any other it is just since when."""
NOT_NOW = frozenset(
    {
        *("EMAIL_MISSING", "USERNAME_TAKEN", "CASE_MANAGER_INACTIVE", "SPECIALIST_INACTIVE", "DEPENDENCY_UNAVAILABLE"),
        *("INVALID_REQUEST", "ACTION_NOT_ALLOWED", "RESET_LIMIT_REACHED"),
    }
)
"""What a button may be refused with: a word on the page says it."""
WATCHED = timedelta(minutes=10)
"""How long after a message was sent the page looks whether it arrived."""
Holder = CaseManager | Specialist
CASE_MANAGERS, SPECIALISTS = "/case-managers", "/specialists"
_PROFILES = {"case_manager_id": CASE_MANAGERS, "specialist_id": SPECIALISTS}
"""Where a refusal's `metadata` leads to."""
PastOrAhead = Literal["activation_expire_time", "offer_pause_end_time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAction:
    """One action: its label, where it stands below the login's address, its RPC, and what is said when it is done.

    `is_button`: a button does it; the others are what the form of the login saves, or a question asks before.
    `sent_flash` is said instead when the login then waits for its first password. `undo` is the path below the
    person's address that gives back what it took away.
    """

    value: Login.Action.ValueType
    label: str
    path: str
    call: Callable[[PageContext], Awaitable[Holder]]
    flash: str
    done: str
    sent_flash: str = ""
    is_button: bool = False
    undo: str = ""

    def flash_for(self, person: Holder) -> str:
        """What is said of it; of a login that waits for its first password, that the message is on its way."""
        is_sent = self.sent_flash and person.login.status == Login.ACTIVATION_SENT
        return self.sent_flash if is_sent else self.flash


async def holder_of(context: PageContext, error: ServiceError) -> str:
    """Where the person or the login is found that has the address already; empty where nobody may know."""
    for name, address in _PROFILES.items():
        if person_id := error.metadata.get(name):
            return f"{address}/{person_id}"
    account_id = error.metadata.get("account_id", "")
    if not account_id:
        return ""
    case_managers, specialists = await together(
        case_managers_of(context, [account_id]), specialists_of(context, [account_id])
    )
    if account_id in case_managers:
        return f"{CASE_MANAGERS}/{case_managers[account_id].id}/login"
    if account_id in specialists:
        return f"{SPECIALISTS}/{specialists[account_id].id}/login"
    return f"/people/logins/{account_id}" if context.person.role is Role.STAFF_ADMIN else ""


async def case_managers_of(context: PageContext, account_ids: Sequence[str]) -> Mapping[str, CaseManager]:
    """Whose logins these are, by account: those of case managers."""
    if not account_ids:
        return {}
    request = ListCaseManagersRequest(page_size=len(account_ids), account_ids=account_ids)
    found = await context.services.casemanager.ListCaseManagers(request)
    return {person.login.account_id: person for person in found.case_managers}


async def specialists_of(context: PageContext, account_ids: Sequence[str]) -> Mapping[str, Specialist]:
    """Whose logins these are, by account: those of specialists."""
    if not account_ids:
        return {}
    request = ListSpecialistsRequest(page_size=len(account_ids), account_ids=account_ids)
    found = await context.services.casemanager.ListSpecialists(request)
    return {person.login.account_id: person for person in found.specialists}


def said_of_login(context: PageContext, error: ServiceError) -> str:
    """What a refusal says to staff who enable somebody's login; empty: what it says to everybody."""
    if error.reason != "USERNAME_TAKEN":
        return ""
    return context.i18n(N_("Somebody else signs in with this address already, so nothing was changed."))


def allowed_actions(login: Login, actions: Sequence[LoginAction]) -> list[LoginAction]:
    """What may be done now, in the answer's order; a service that is a release ahead may allow more than we know."""
    return [action for value in login.actions for action in actions if action.value == value]


def action_pages(
    address: str,
    roles: frozenset[Role],
    actions: Sequence[LoginAction],
    *,
    own_address: Callable[[PageContext], str],
    questions: Mapping[str, Handler],
) -> Iterator[Page]:
    """A page that does each action, below the address of the login; `own_address` is that of the one person.

    `questions` are asked before, by the path of the action.
    """
    for action in actions:
        post = partial(_act, action, own_address)
        yield Page(path=address + action.path, get=questions.get(action.path), post=post, roles=roles)


async def _act(action: LoginAction, own_address: Callable[[PageContext], str], context: PageContext) -> Response:
    """Does it; when it no longer fits, the page shows what fits now, and a word says why it was not done."""
    try:
        person = await action.call(context)
    except ServiceError as error:
        if error.reason not in NOT_NOW:
            raise
        return context.redirect(own_address(context), flash=error.reason)
    ids = (person.id,) if action.undo else ()
    return context.redirect(own_address(context), flash=action.flash_for(person), ids=ids)


def standing(context: PageContext, login: Login, allowed: Sequence[LoginAction]) -> Mapping[str, object]:
    """What `parts/login_card.html` shows beside the login itself; the first of what is allowed stands out."""
    return {
        "statuses": LOGIN_STATUSES,
        "sentences": SENTENCES,
        "since": SINCE,
        "why": why,
        "code": code,
        "version": version_of(login),
        "is_moving": _is_moving(context, login),
        "is_link_dead": is_past(context, login, "activation_expire_time"),
        "buttons": [action for action in allowed if action.is_button],
        "first": allowed[0] if allowed else None,
    }


def is_past(context: PageContext, login: Login, name: PastOrAhead) -> bool:
    """Whether a time is known and over: what identity has not told yet is neither."""
    return login.HasField(name) and getattr(login, name).ToDatetime(UTC) <= context.now


def _is_moving(context: PageContext, login: Login) -> bool:
    """Whether a message is on its way of which it may soon be known that it did not arrive."""
    is_sent = login.status in {Login.OFFERED, Login.ACTIVATION_SENT} and login.HasField("status_time")
    return is_sent and context.now - login.status_time.ToDatetime(UTC) < WATCHED
