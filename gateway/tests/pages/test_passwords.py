"""A forgotten password, a new one, and the first one of a login."""

from __future__ import annotations

import pytest
from portico.identity.v1.resets_pb2 import CheckResetResponse

from chassis.call import Role

from .neighbours import Neighbours, refusal, weak_password
from .people import Browser, Registry, SignedIn

GOOD, WEAK = "seventeen green umbrellas", "short"
REALMS = ["/family", "/o/sunrise"]
SET = ["/family/reset/a-token", "/o/sunrise/reset/a-token", "/o/sunrise/activate/a-token"]
Status = CheckResetResponse.Status
HOMES = {Role.FAMILY: "/applications", Role.STAFF: "/start"}
DEAD = {
    "RESET_TOKEN_INVALID": "It was used, or a newer message has taken its place.",
    "RESET_TOKEN_EXPIRED": "It is too old.",
}


def role_of(address: str) -> Role:
    """Who has a password there."""
    return Role.FAMILY if address.startswith("/family") else Role.STAFF


def name_of(address: str) -> str:
    """What the new password is called there."""
    return "password" if "activate" in address else "new_password"


def realm_of(address: str) -> str:
    """The realm whose page it is, as identity knows it."""
    return "family" if address.startswith("/family") else "sunrise"


@pytest.mark.parametrize("where", REALMS)
async def test_a_message_is_asked_for(where: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03, ID-07: the message is asked for in the realm of the page; what follows speaks of the inbox."""
    page = await anybody.get(f"{where}/forgot")

    page = await anybody.press(page, "Send the message", username=" lucia@example.org ")

    asked = neighbours.only("ForgotPassword")
    assert (realm_of(where), "lucia@example.org") == (asked.realm, asked.username)
    assert (200, "Check your email") == (page.status, page.heading)
    assert (f"{where}/forgot", f"{where}/sign-in") == (page.link("Try again"), page.link("Back to the sign-in"))


@pytest.mark.parametrize("where", REALMS)
async def test_the_answer_tells_nothing_about_the_account(where: str, anybody: Browser) -> None:
    """PO-03, ID-07: the page is the same to the letter for whoever is asked about, and names nobody."""
    for usernames in (("lucia@example.org", "nobody@example.org"), ("+12025550123", "+12025550199")):
        pages = [await anybody.post(f"{where}/forgot", {"username": username}) for username in usernames]

        assert 200 == pages[0].status
        assert 1 == len({page.text for page in pages})
        assert "If there is an account for" in pages[0].text


@pytest.mark.parametrize("where", REALMS)
async def test_an_sms_is_typed_right_there(
    where: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """PO-03, ID-07: whoever gave a phone number types the code and a password on the next page: signed in."""
    neighbours.answers["ResetPassword"] = registry.signed_in(role_of(where))
    page = await anybody.press(await anybody.get(f"{where}/forgot"), "Send the message", username="+12025550123")
    assert (200, "Type the code") == (page.status, page.heading)
    assert "an SMS with a code is on its way" in page.text
    assert "+12025550123" == page.main.one("input", id="username")["value"]

    answer = await anybody.press(page, "Set the new password", code=" 123-456 ", new_password=f" {GOOD} ")

    reset = neighbours.only("ResetPassword")
    assert (realm_of(where), "+12025550123", "123-456") == (reset.code.realm, reset.code.username, reset.code.code)
    assert f" {GOOD} " == reset.new_password
    assert HOMES[registry.opened(anybody).role] == answer.goes_to
    assert "Your new password is set, and you are signed in." == (await anybody.follow(answer)).notice


@pytest.mark.parametrize("where", REALMS)
async def test_a_code_can_be_typed_later(where: str, anybody: Browser) -> None:
    """PO-03: the page for the code can be opened by itself, and does not speak of an SMS that nobody asked for."""
    page = await anybody.get((await anybody.get(f"{where}/forgot")).link("I have a code"))

    assert (200, "Type the code") == (page.status, page.heading)
    assert "on its way" not in page.text
    assert f"{where}/forgot" == page.link("Send a new code")


@pytest.mark.parametrize("where", REALMS)
@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("RESET_TOKEN_INVALID", 409, "This link or code does not work."),
        ("RESET_TOKEN_EXPIRED", 409, "This link or code is too old."),
        ("PASSWORD_WEAK", 400, "Please choose another password."),
    ],
)
async def test_a_code_that_is_refused_can_be_corrected(
    where: str, reason: str, status: int, words: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03: phone number stays; code and password are typed anew, with what is wrong above them."""
    neighbours.answers["ResetPassword"] = (
        weak_password("new_password") if reason == "PASSWORD_WEAK" else refusal(reason)
    )
    page = await anybody.get(f"{where}/reset")

    page = await anybody.press(page, "Set the new password", username="+12025550123", code="123456", new_password=WEAK)

    assert status == page.status
    assert page.problem.startswith(words)
    assert "+12025550123" == page.main.one("input", id="username")["value"]
    assert "" == page.main.one("input", id="code")["value"]
    assert WEAK not in page.answer.text
    assert ("Use at least 12 characters." if reason == "PASSWORD_WEAK" else "") == page.problem_of("new_password")


async def test_an_empty_code_is_said_beside_its_field(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03: what is missing is named beside its field."""
    page = await anybody.get("/family/reset")
    page = await anybody.press(page, "Set the new password", username="", code="", new_password="")

    assert ["This is needed."] * 3 == [page.problem_of(name) for name in ("username", "code", "new_password")]
    page = await anybody.press(await anybody.get("/family/forgot"), "Send the message", username="")
    assert (400, "This is needed.") == (page.status, page.problem_of("username"))
    assert [] == neighbours.rpcs


@pytest.mark.parametrize("address", SET)
async def test_a_link_sets_the_password(
    address: str, anybody: Browser, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A16, CASE-U18, ID-03, ID-07: the link's page takes a password and signs in; opening it uses nothing up."""
    is_first = "activate" in address
    neighbours.answers |= dict.fromkeys(("ResetPassword", "ActivateAccount"), registry.signed_in(role_of(address)))
    page = await anybody.get(address)
    assert ("Activate your account" if is_first else "Set a new password") == page.heading
    assert "a-token" == neighbours.only("CheckReset").token
    assert {"GetOrganization", "CheckReset"} >= set(neighbours.rpcs)

    answer = await anybody.press(page, "Set the password", **{"password" if is_first else "new_password": f" {GOOD} "})

    if is_first:
        request = neighbours.only("ActivateAccount")
        assert ("a-token", f" {GOOD} ") == (request.token, request.password)
    else:
        request = neighbours.only("ResetPassword")
        assert ("a-token", f" {GOOD} ") == (request.token, request.new_password)
    assert HOMES[registry.opened(anybody).role] == answer.goes_to
    words = "Your account is ready," if is_first else "Your new password is set,"
    assert (await anybody.follow(answer)).notice.startswith(words)


@pytest.mark.parametrize("address", SET)
@pytest.mark.parametrize("reason", DEAD)
@pytest.mark.parametrize("is_opened", [True, False], ids=["as it opens", "as it is used"])
async def test_a_dead_link_offers_a_new_message(
    is_opened: bool, reason: str, address: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-A17, ID-07: a link that was used or is too old says so before a password is typed, and has a way on."""
    is_first = "activate" in address
    name = "password" if is_first else "new_password"
    if is_opened:
        status = Status.EXPIRED if reason == "RESET_TOKEN_EXPIRED" else Status.UNKNOWN
        neighbours.answers["CheckReset"] = CheckResetResponse(status=status)
        page = await anybody.get(address)
    else:
        neighbours.answers["ActivateAccount" if is_first else "ResetPassword"] = refusal(reason)
        page = await anybody.press(await anybody.get(address), "Set the password", **{name: GOOD})

    assert (409, "This link does not work any more") == (page.status, page.heading)
    assert DEAD[reason] in page.text
    assert [] == page.main.all("input")
    where = "/family" if address.startswith("/family") else "/o/sunrise"
    if is_first:
        assert "ask an administrator of your organization for a new message" in page.text
        assert f"{where}/sign-in" == page.link("Sign in")
    else:
        assert f"{where}/forgot" == page.link("Send a new message")


@pytest.mark.parametrize("address", SET)
@pytest.mark.parametrize(
    ("language", "words", "missing"),
    [
        ("en", "Use at least 12 characters.", "This is needed."),
        ("es", "Use al menos 12 caracteres.", "Este dato hace falta."),
    ],
)
async def test_a_weak_password_is_said_beside_its_field(
    language: str, words: str, missing: str, address: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03, ID-09: why a password is refused stands beside it in the reader's language; the link still works."""
    name, rpc = ("password", "ActivateAccount") if "activate" in address else ("new_password", "ResetPassword")
    neighbours.answers[rpc] = weak_password(name)
    anybody.cookies["language"] = language
    button = {"en": "Set the password", "es": "Guardar la contraseña"}[language]

    page = await anybody.press(await anybody.get(address), button, **{name: WEAK})
    assert (400, words) == (page.status, page.problem_of(name))
    assert WEAK not in page.answer.text
    page = await anybody.press(page, button, **{name: ""})
    assert missing == page.problem_of(name)


@pytest.mark.parametrize("address", SET)
async def test_the_page_names_the_account_first(address: str, anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-A16: whose password it is stands on the page before it is sent, and still after one was refused."""
    neighbours.answers |= {
        "CheckReset": CheckResetResponse(status=Status.VALID, masked_username="m•••@example.org"),
        **dict.fromkeys(("ResetPassword", "ActivateAccount"), weak_password("password")),
    }
    page = await anybody.get(address)
    assert "For the account m•••@example.org." in page.text

    page = await anybody.press(page, "Set the password", **{name_of(address): WEAK})
    assert (400, True) == (page.status, "For the account m•••@example.org." in page.text)


@pytest.mark.parametrize("address", SET)
@pytest.mark.parametrize("role", [Role.FAMILY, Role.STAFF])
async def test_who_was_signed_in_is_signed_out(
    role: Role, address: str, signed_in: SignedIn, registry: Registry, neighbours: Neighbours
) -> None:
    """CASE-A16, CASE-S13: in a browser that is signed in the link signs in, and then ends the session from before."""
    browser = signed_in(role)
    old = registry.opened(browser)
    neighbours.answers |= dict.fromkeys(("ResetPassword", "ActivateAccount"), registry.signed_in(role_of(address)))

    answer = await browser.press(await browser.get(address), "Set the password", **{name_of(address): GOOD})

    new, rpc = registry.opened(browser), "ActivateAccount" if "activate" in address else "ResetPassword"
    assert [rpc, "Logout"] == neighbours.rpcs[-2:]
    assert f"Bearer {old.access_token}" == neighbours.received[-1].call.authorization
    assert old.access_token != new.access_token
    assert (await browser.follow(answer)).notice.endswith("and you are signed in.")


@pytest.mark.parametrize("address", SET)
async def test_other_refusals_are_a_page(address: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03: what has nothing to do with link or password is said on a page of its own."""
    neighbours.answers |= dict.fromkeys(("ResetPassword", "ActivateAccount"), refusal("OVERLOADED"))

    page = await anybody.post(address, {"password": GOOD, "new_password": GOOD})

    assert (429, "That did not work") == (page.status, page.heading)
    assert "no-referrer" == page.answer.headers["referrer-policy"]
