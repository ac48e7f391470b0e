"""How every organization of the demo begins, and how its people get in."""

from collections.abc import Callable, Mapping
from functools import partial

from local_stack.demo_list import token_in_link
from local_stack.mail import Inbox
from local_stack.person import DemoFailed, Login, Person
from local_stack.stack import Stack


def create_organization(stack: Stack, words: Mapping[str, str], profile: Mapping[str, str], *, password: str) -> None:
    """By the commands of an operator, whose options are given; once more it changes nothing."""
    stack.run("identity", "create-organization", *_options(words), stdin=password)
    stack.run("identity", "set-organization", *_options(profile))


def let_in(anybody: Person, login: Login, inbox: Inbox, invite: Callable[[], object]) -> Person:
    """Somebody signed in; who has no password yet is invited, and follows the link in their activation message."""
    try:
        return anybody.sign_in(login)
    except DemoFailed as refused:
        if refused.reason != "LOGIN_FAILED":
            raise
    invite()
    token = token_in_link(inbox, login.username, page="activate")
    activation = {"token": token, "password": login.password}
    return anybody.signed_in(anybody.post("/v1/auth/activate", activation)["tokens"])


def let_staff_member_in(
    anybody: Person, administrator: Person, login: Login, inbox: Inbox, *, name: str, language: str
) -> None:
    """The same, by a login that the administrator hands out."""
    account = {"role": "STAFF", "username": login.username, "displayName": name, "language": language}
    invite = partial(administrator.post_once, "/v1/login-users", account, name=login.username)
    let_in(anybody, login, inbox, invite)


def _options(given: Mapping[str, str]) -> list[str]:
    return [word for option in given.items() for word in option]
