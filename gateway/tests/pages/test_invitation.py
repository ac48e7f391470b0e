"""What an invitation's page says: by link and by code, in every state, to everybody."""

from __future__ import annotations

import pytest

from chassis.call import Role

from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .reading import Page
from .samples import TOKEN, invitation

BY_LINK = f"/i/{TOKEN}"
TYPED = {"code": "ab12c-de34f", "application_number": "a-7"}
ENDED = {
    "EXPIRED": ("This invitation has expired", "It was good until Jan 28, 12:05 PM CST."),
    "USED": ("This invitation was used already", "The application belongs to an account. Sign in to see it."),
    "REVOKED": ("This invitation was withdrawn", "Please ask Sunrise Childcare if you still want to follow"),
    "REPLACED": ("There is a newer invitation", "Please use the link or the code of the newest message;"),
}


async def opened(browser: Browser, how: str) -> Page:
    """The page of the invitation, by its link or by its code."""
    if how == "link":
        return await browser.get(BY_LINK)
    return await browser.press(await browser.get("/link"), "Go on", **TYPED)


by_link_and_code = pytest.mark.parametrize("how", ["link", "code"])


@by_link_and_code
async def test_a_valid_invitation_says_who_invites_to_what_until_when(
    how: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02, AP-08: organization, application, contact and end stand on the page, in the organization's time."""
    page = await opened(anybody, how)

    assert (200, "Your application online") == (page.status, page.heading)
    assert "Sunrise Childcare invites you to follow application A-000007 here." in page.text
    assert "Sent to l•••@example.org; good until Jan 28, 12:05 PM CST." in page.text
    assert ["CheckInvitation"] == neighbours.rpcs
    proof = neighbours.only("CheckInvitation").proof
    if how == "link":
        assert TOKEN == proof.token
    else:
        assert ("ab12c-de34f", "a-7") == (proof.typed.code, proof.typed.application_number)


@by_link_and_code
async def test_somebody_without_an_account_chooses_a_password(how: str, anybody: Browser) -> None:
    """PO-02: who is new here chooses a password; who has an account with another contact can sign in as well."""
    page = await opened(anybody, how)

    assert {"Make my account", "Sign in and add it"} <= set(page.buttons())
    form, _ = page.form("Make my account")
    assert "new-password" == form.one("input", name="password")["autocomplete"]
    assert "I have an account with another email address or phone number" == page.main.one("summary").text
    assert "With it and l•••@example.org you sign in from now on." in form.text


@by_link_and_code
async def test_somebody_with_an_account_signs_in(how: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: who has an account already is asked for its password, and not for a new one."""
    neighbours.answers["CheckInvitation"] = invitation(account_exists=True)
    page = await opened(anybody, how)

    assert "Make my account" not in page.buttons()
    form, _ = page.form("Sign in and add it")
    assert ["current-password"] == [field["autocomplete"] for field in form.all("input", type="password")]
    assert "/family/forgot" == page.link("Forgot password")


@by_link_and_code
async def test_a_family_that_is_signed_in_presses_one_button(how: str, family: Browser) -> None:
    """PO-02: who is signed in adds the application to the account that the page names, or takes another one."""
    page = await opened(family, how)

    assert "You are signed in as lucia@example.org." in page.text
    assert ["Add the application to my account", "Use another account"] == page.buttons()[:2]
    assert [] == page.main.all("input", type="password")
    expected = {"link": BY_LINK, "code": "/link"}[how]
    assert expected == (await family.press(page, "Use another account")).goes_to


@by_link_and_code
@pytest.mark.parametrize("role", [Role.STAFF, Role.CASE_MANAGER])
async def test_staff_get_what_anybody_gets(how: str, role: Role, signed_in: SignedIn) -> None:
    """PO-02, AP-09: who is signed in, but not as a family, can sign in as one or become one."""
    page = await opened(signed_in(role), how)

    assert {"Make my account", "Sign in and add it"} <= set(page.buttons())
    assert "You are signed in as" not in page.text


@by_link_and_code
@pytest.mark.parametrize("state", ENDED)
async def test_an_invitation_that_has_ended_says_why(
    how: str, state: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02, AP-08: expired, used, withdrawn and replaced each have words, and only a used one a field to type into."""
    neighbours.answers["CheckInvitation"] = invitation(state)
    page = await opened(anybody, how)
    heading, words = ENDED[state]

    assert (200, heading) == (page.status, page.heading)
    assert page.root.one("title").text.startswith(heading)
    assert words in page.text
    assert (state == "USED") == any(field.get("type") != "hidden" for field in page.main.all("input"))
    assert ("Send me a new one" in page.buttons()) == (state == "EXPIRED")


async def test_a_link_that_nobody_knows_leads_to_the_code(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: a link that was cut off on its way says so, and the code can be typed."""
    neighbours.answers["CheckInvitation"] = invitation("UNKNOWN", organization_name="", language="", time_zone="")
    page = await anybody.get(BY_LINK)

    assert "We do not know this invitation" == page.heading
    assert "/link" == page.link("Type a code")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("state", ["VALID", *ENDED, "UNKNOWN"])
async def test_every_state_has_words_in_every_language(
    state: str, language: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-01, PO-02: a family reads the page in the language in which it was invited."""
    neighbours.answers["CheckInvitation"] = invitation(state, language=language)
    page = await anybody.get(BY_LINK)

    english = {"VALID": "Your application online", "UNKNOWN": "We do not know this invitation"}
    expected = english.get(state) or ENDED[state][0]
    assert language == page.language
    assert (language == "en") == (expected == page.heading)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("state", ["VALID", "EXPIRED"])
async def test_opening_a_link_consumes_nothing(
    method: str, state: str, anybody: Browser, family: Browser, neighbours: Neighbours
) -> None:
    """PO-02, AP-08: a mail scanner that fetches the link, with whatever cookies, has the invitation checked only."""
    neighbours.answers["CheckInvitation"] = invitation(state)
    for browser in (anybody, family):
        for _ in range(3):
            assert 200 == (await browser.get(BY_LINK, method=method)).status

    assert {"CheckInvitation"} == set(neighbours.rpcs)
    assert [] == [*anybody.set_cookies, *family.set_cookies]


@pytest.mark.parametrize(
    ("reason", "status", "words"),
    [
        ("NUMBER_MISMATCH", 409, "The code and the application number do not belong together. Please check both."),
        ("CODE_BLOCKED", 409, "This code was tried too often and no longer works."),
        ("TOO_MANY_CODES", 429, "This code and number did not open anything."),
    ],
)
async def test_a_code_that_is_refused_can_be_corrected(
    reason: str, status: int, words: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-02, AP-09: what was typed stays in its fields, and above it stands what is wrong."""
    neighbours.answers["CheckInvitation"] = refusal(reason)
    page = await opened(anybody, "code")

    assert (status, "Type a code") == (page.status, page.heading)
    assert page.problem.startswith(words)
    assert {"code": "ab12c-de34f", "application_number": "a-7"} == {
        name: page.main.one("input", id=name)["value"] for name in TYPED
    }


async def test_a_code_that_nobody_knows_can_be_corrected(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: a mistyped code is said above the form, which keeps it."""
    neighbours.answers["CheckInvitation"] = invitation("UNKNOWN")
    page = await opened(anybody, "code")

    assert (404, "Type a code") == (page.status, page.heading)
    assert page.problem.startswith("We do not know this invitation. Please check what you typed")
    assert "ab12c-de34f" == page.main.one("input", id="code")["value"]


async def test_an_empty_code_is_said_beside_its_field(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-02: who forgot one of the two reads so beside its field, and the other stays."""
    page = await anybody.press(await anybody.get("/link"), "Go on", code="", application_number="a-7")
    assert (400, "This is needed.", "") == (page.status, page.problem_of("code"), page.problem_of("application_number"))

    page = await anybody.press(await anybody.get("/link"), "Go on", code="ab12c-de34f", application_number="")
    assert ("", "This is needed.") == (page.problem_of("code"), page.problem_of("application_number"))
    assert [] == neighbours.rpcs
