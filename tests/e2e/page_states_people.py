"""The pages of logins and of the audit in every state, for administrators."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.e2e.page_steps import State, at, open_menu, press, write
from tests.e2e.world import World

ROSA = "Rosa"
"""Whose login waits for its activation."""


def login(query: str | Callable[[World], str], page: str = "") -> Callable[[World], str]:
    """The page of the one login that is found so."""

    def path(world: World) -> str:
        return f"/people/logins/{_found(world, query)['account']['id']}{page}"

    return path


def _found(world: World, query: str | Callable[[World], str]) -> dict[str, Any]:
    words = query if isinstance(query, str) else query(world)
    [user] = world.agency.admin.get(f"/v1/login-users?query={words}")["loginUsers"]
    return dict(user)


PEOPLE: Mapping[str, State] = {
    "logins": at("/people", seen="New login"),
    "logins, menu": at("/people?state=PENDING_ACTIVATION&role=STAFF", open_menu, seen="Resend activation"),
    "logins, nothing found": at("/people?query=zubizarreta", seen="Nothing found."),
    "new login, no address": at(
        "/people/logins/new",
        write("Name", "Ana Gómez"),
        write("Email address or phone number", "12"),
        press("Make the login"),
        seen="This is neither an email address nor a phone number.",
    ),
    "login, waits": at(login(ROSA), seen="Activation link good until", told="login-resent"),
    "login, only administrator": at(
        login(lambda world: world.agency.username),
        seen="This is the only active administrator of your organization. "
        "Make another one before you disable this login or change its role.",
        told="LAST_ADMINISTRATOR",
    ),
    "login, disable": at(
        login(ROSA, "/disable"),
        seen="All devices of this person are signed out at once, and there is no way in until you enable it.",
    ),
    "login, another's address": at(
        login(ROSA, "/username"),
        write("Email address or phone number", lambda world: world.agency.username),
        press("Save and send"),
        seen="There is a login with this address already.",
    ),
    "no such login": at(
        lambda world: f"/people/logins/{world.invited.id}", seen="This account does not exist any more."
    ),
    "audit": at("/people/audit", seen="Download all"),
    "audit, downloading": at("/people/audit", open_menu, seen="Excel (XLSX)"),
    "audit of a login": at(
        lambda world: f"/people/audit?subject_id={_found(world, ROSA)['account']['id']}", seen="Show everybody"
    ),
    "audit, nothing": at("/people/audit?end_date=2020-01-01", seen="Nothing of this kind happened in these days."),
}
