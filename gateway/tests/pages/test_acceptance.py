"""From an invitation to the linked application: a new account, a sign-in, one button, or another message."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.call import Role

from .neighbours import Neighbours, refusal, weak_password
from .people import Browser, Registry
from .reading import Page
from .samples import APPLICATION_ID, TOKEN, invitation

GOOD, WEAK = "seventeen green umbrellas", "short"
TYPED = {"code": "ab12c-de34f", "application_number": "a-7"}
LINKED = f"/applications/{APPLICATION_ID}"


@pytest.fixture(params=["link", "code"])
def how(request: pytest.FixtureRequest) -> str:
    """By which way the invitation came."""
    return str(request.param)


async def opened(browser: Browser, how: str) -> Page:
    """The page of the invitation, by its link or by its code."""
    if how == "link":
        return await browser.get(f"/i/{TOKEN}")
    return await browser.press(await browser.get("/link"), "Go on", **TYPED)


def proves(request: object, how: str) -> bool:
    """Whether the request carries the link's token or both that was typed."""
    proof = getattr(request, "proof")  # noqa: B009 - three messages have it
    typed = (proof.typed.code, proof.typed.application_number)
    return bool(TOKEN == proof.token if how == "link" else ("ab12c-de34f", "a-7") == typed)


@pytest.fixture
def neighbours(neighbours: Neighbours, registry: Registry) -> Neighbours:
    """Both services, with a family that can register and sign in."""
    neighbours.answers |= {"RegisterFamily": registry.signed_in(Role.FAMILY), "Login": registry.signed_in(Role.FAMILY)}
    return neighbours


async def test_a_new_family_ends_at_its_application(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02, AP-09: one password leads, by a claim, a registration and an acceptance, to the linked application."""
    page = await opened(anybody, how)
    neighbours.received.clear()

    answer = await anybody.press(page, "Make my account", password=f" {GOOD} ")

    assert LINKED == answer.goes_to
    assert ["CheckInvitation", "ClaimInvitation", "RegisterFamily", "AcceptInvitation"] == neighbours.rpcs
    register, accept = neighbours.only("RegisterFamily"), neighbours.only("AcceptInvitation")
    assert ("a ticket", f" {GOOD} ") == (register.contact_ticket, register.password)
    assert proves(neighbours.only("ClaimInvitation"), how)
    assert proves(accept, how)
    assert 7 == UUID(accept.request_id).version
    page = await anybody.follow(answer)
    assert "The application now belongs to your account." == page.notice
    assert "status" == page.main.one("p", class_="notice")["role"]


async def test_a_family_with_an_account_ends_there_too(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02, AP-09: a sign-in on the invitation's page leads to the linked application."""
    neighbours.answers["CheckInvitation"] = invitation(account_exists=True)
    page = await opened(anybody, how)
    neighbours.received.clear()

    answer = await anybody.press(page, "Sign in and add it", username=" lucia@example.org ", password=GOOD)

    assert LINKED == answer.goes_to
    assert ["CheckInvitation", "Login", "AcceptInvitation"] == neighbours.rpcs
    login = neighbours.only("Login")
    assert ("family", "lucia@example.org", GOOD) == (login.realm, login.username, login.password)
    assert proves(neighbours.only("AcceptInvitation"), how)
    assert 200 == (await anybody.get("/applications")).status


async def test_a_family_with_another_contact_signs_in_with_that(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: who is invited at a new address but has an account at the old one adds the application to that."""
    page = await anybody.get(f"/i/{TOKEN}")

    answer = await anybody.press(page, "Sign in and add it", username="+1 202 555 0123", password=GOOD)

    assert LINKED == answer.goes_to
    assert "+1 202 555 0123" == neighbours.only("Login").username


async def test_a_family_that_is_signed_in_ends_there_with_one_button(
    how: str, family: Browser, neighbours: Neighbours
) -> None:
    """PO-02: pressed once or twice, the button adds the application to the account that is signed in, once."""
    page = await opened(family, how)
    neighbours.received.clear()

    answers = [await family.press(page, "Add the application to my account") for _ in range(2)]

    assert [LINKED, LINKED] == [answer.goes_to for answer in answers]
    accepted = [received.request for received in neighbours.received if received.rpc == "AcceptInvitation"]
    assert [True, True] == [proves(request, how) for request in accepted]
    assert 1 == len({request.request_id for request in accepted})


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Use at least 12 characters."), ("es", "Use al menos 12 caracteres.")]
)
async def test_a_weak_password_is_said_beside_its_field(
    how: str, language: str, words: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02, ID-09: why a password is refused stands beside it in the reader's language; nothing is accepted."""
    neighbours.answers |= {
        "RegisterFamily": weak_password("password"),
        "CheckInvitation": invitation(language=language),
    }
    # The empty form for the code is in the browser's language.
    anybody.headers["accept-language"] = "en"
    page = await opened(anybody, how)
    button = {"en": "Make my account", "es": "Crear mi cuenta"}[language]
    page = await anybody.press(page, button, password=WEAK)

    assert (400, language) == (page.status, page.language)
    form, _ = page.form(button)
    assert "password-problem password-hint" == form.one("input", id="password")["aria-describedby"]
    assert words == page.main.one("p", id="password-problem").text
    assert WEAK not in page.answer.text
    assert "AcceptInvitation" not in neighbours.rpcs
    neighbours.answers["RegisterFamily"] = refusal("OVERLOADED")
    second = await anybody.press(page, button, password=GOOD)
    assert 429 == second.status
    assert 2 == neighbours.rpcs.count("ClaimInvitation")


async def test_no_password_is_one_that_is_missing(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: an empty password is said beside its field."""
    page = await anybody.press(await opened(anybody, how), "Make my account", password="")

    assert (400, "This is needed.") == (page.status, page.problem_of("password"))
    assert {"RegisterFamily", "AcceptInvitation"}.isdisjoint(neighbours.rpcs)


async def test_a_username_that_is_taken_offers_the_sign_in(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02, ID-02: who has an account after all is told so, and signs in on the same page."""
    neighbours.answers["RegisterFamily"] = refusal("USERNAME_TAKEN")

    page = await anybody.press(await opened(anybody, how), "Make my account", password=GOOD)

    assert 409 == page.status
    assert page.problem.startswith("An account for this contact exists already.")
    assert "Make my account" not in page.buttons()
    answer = await anybody.press(page, "Sign in and add it", username="lucia@example.org", password=GOOD)
    assert LINKED == answer.goes_to


async def test_a_wrong_password_keeps_the_username(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02, PO-03: after a failed sign-in the username is still there, the password is not, and nothing is linked."""
    neighbours.answers |= {"Login": refusal("LOGIN_FAILED"), "CheckInvitation": invitation(account_exists=True)}

    page = await anybody.press(
        await opened(anybody, how), "Sign in and add it", username="lucia@example.org", password=GOOD
    )

    assert (403, "The username or the password is not right.") == (page.status, page.problem)
    assert "lucia@example.org" == page.main.one("input", id="username")["value"]
    assert GOOD not in page.answer.text
    assert "AcceptInvitation" not in neighbours.rpcs


@pytest.mark.parametrize(
    ("reason", "state", "heading"),
    [
        ("INVITATION_EXPIRED", "EXPIRED", "This invitation has expired"),
        ("INVITATION_USED", "USED", "This invitation was used already"),
        ("INVITATION_REVOKED", "REVOKED", "This invitation was withdrawn"),
        ("INVITATION_REPLACED", "REPLACED", "There is a newer invitation"),
    ],
)
@pytest.mark.parametrize("rpc", ["ClaimInvitation", "AcceptInvitation"])
async def test_an_invitation_that_ends_meanwhile_says_so(
    rpc: str, reason: str, state: str, heading: str, how: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02, AP-09: when the invitation ended between looking and pressing, its page says what it is worth now."""
    page = await opened(anybody, how)
    checks = iter([invitation(), invitation(state)])
    neighbours.answers |= {rpc: refusal(reason), "CheckInvitation": lambda _: next(checks)}

    page = await anybody.press(page, "Make my account", password=GOOD)

    assert (200, heading) == (page.status, page.heading)


@pytest.mark.parametrize(
    ("rpc", "reason", "status", "words"),
    [
        ("ClaimInvitation", "INVITATION_UNKNOWN", 404, "We do not know this invitation."),
        ("RegisterFamily", "CONTACT_TICKET_INVALID", 409, "That took a little long."),
        ("AcceptInvitation", "DEADLINE_PASSED", 504, "This took too long. Please try again."),
    ],
)
async def test_other_refusals_are_a_page(
    rpc: str, reason: str, status: int, words: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02: what cannot be mended on the page is said on one of its own, in the invitation's language."""
    neighbours.answers |= {rpc: refusal(reason)}

    page = await anybody.post(f"/i/{TOKEN}", {"do": "register", "password": GOOD})

    assert (status, "That did not work") == (page.status, page.heading)
    assert words in page.text


async def test_a_sign_in_stays_when_the_acceptance_fails(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: who has just made an account is signed in, also when the application could not be added yet."""
    neighbours.answers["AcceptInvitation"] = refusal("OVERLOADED")

    page = await anybody.press(await anybody.get(f"/i/{TOKEN}"), "Make my account", password=GOOD)

    assert 429 == page.status
    page = await anybody.get(f"/i/{TOKEN}")
    assert "You are signed in as lucia@example.org." in page.text


async def test_an_expired_invitation_is_no_dead_end(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02, AP-10: one button asks for a new one; the answer is neutral, whether one was sent or not."""
    neighbours.answers["CheckInvitation"] = invitation("EXPIRED")
    page = await opened(anybody, how)

    page = await anybody.press(page, "Send me a new one")

    assert (200, "Check your messages") == (page.status, page.heading)
    assert "If a new invitation can be sent, it is on its way to l•••@example.org." in page.text
    assert proves(neighbours.only("ResendInvitation"), how)
    assert [] == page.buttons()


@pytest.mark.parametrize("do", ["", "pay", "REGISTER", "__init__"])
async def test_nothing_else_can_be_done(do: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: a form that asks for something that there is not does nothing."""
    page = await anybody.post(f"/i/{TOKEN}", {"do": do, "password": GOOD})

    assert (404, "Nothing is here") == (page.status, page.heading)
    assert [] == neighbours.rpcs
