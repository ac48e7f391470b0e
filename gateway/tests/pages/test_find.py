"""Finding the organization at which one signs in, and help with passwords."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message
from portico.identity.v1.organizations_pb2 import FindOrganizationsResponse, FoundOrganization

from chassis.call import Role
from chassis.errors import FieldViolation

from .neighbours import Neighbours, refusal
from .people import ORIGIN, Browser, SignedIn
from .reading import Page

MANY = [FoundOrganization(slug=f"sunrise-{number}", name=f"Sunrise {number} <b>") for number in range(5)]
TOO_SHORT = refusal("INVALID_REQUEST", FieldViolation("query", "QUERY_TOO_SHORT", "too short"))


async def search(browser: Browser, query: str, address: str = "/sign-in") -> Page:
    """What the page says after these words were looked for."""
    return await browser.press(await browser.get(address), "Search", query=query)


async def test_whoever_opens_the_page_is_asked(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-03: families have one page, people of an organization look for theirs; no service is asked before that."""
    page = await anybody.get("/sign-in")

    assert ("Find my organization", "/family/sign-in") == (page.heading, page.link("Sign in as a family"))
    assert [] == neighbours.rpcs


async def test_a_part_of_the_name_finds_the_sign_in(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U4, PO-03: a part of the name leads to the sign-in; what was typed stays, and names are no markup."""
    page = await search(anybody, " sunr ")

    assert "sunr" == neighbours.only("FindOrganizations").query
    assert ("/o/sunrise/sign-in", "sunr") == (
        page.link("Sunrise Childcare"),
        page.main.one("input", id="query")["value"],
    )
    assert "There are more." not in page.text
    neighbours.answers["FindOrganizations"] = FindOrganizationsResponse(organizations=MANY, has_more=True)
    page = await search(anybody, "sunrise")
    assert [f"/o/{each.slug}/sign-in" for each in MANY] == [page.link(each.name) for each in MANY]
    assert "There are more. Is yours not among them? Type more of its name." in page.text


async def test_where_none_is_found_the_page_goes_on(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U4: nothing found says what to do instead, and so does too little."""
    neighbours.answers |= {
        "FindOrganizations": FindOrganizationsResponse(),
        "GetOrganization": refusal("ORGANIZATION_NOT_FOUND"),
    }
    page = await search(anybody, "no such agency")
    assert (200, True) == (page.status, "No organization was found." in page.text)
    assert [] == [rpc for rpc in neighbours.rpcs if rpc == "GetOrganization"]  # words with blanks are no short name
    neighbours.answers["FindOrganizations"] = TOO_SHORT
    page = await search(anybody, "su")
    assert (400, "Please type at least three letters or digits.") == (page.status, page.problem_of("query"))


@pytest.mark.parametrize("answer", [FindOrganizationsResponse(), TOO_SHORT], ids=["not listed", "short"])
async def test_who_knows_the_short_name_gets_there(
    answer: Message | Exception, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-U4, PO-03: the whole short name leads to the sign-in of an organization that is not listed, or is short."""
    neighbours.answers["FindOrganizations"] = answer

    page = await search(anybody, "Sunrise")

    assert "sunrise" == neighbours.only("GetOrganization").slug
    assert (200, "/o/sunrise/sign-in") == (page.status, page.link("Sunrise Childcare"))


async def test_the_way_on_is_not_lost_when_somebody_looks(anybody: Browser) -> None:
    """PO-03: people whose browser remembers nothing still get to the page that they asked for."""
    page = await anybody.follow(await anybody.get("/staff/applications?query=a"))
    next_query = "next=%2Fstaff%2Fapplications%3Fquery%3Da"

    assert f"/family/sign-in?{next_query}" == page.link("Sign in as a family").replace("/staff/app", "%2Fstaff%2Fapp")
    page = await anybody.press(page, "Search", query="sunrise")
    assert f"/o/sunrise/sign-in?{next_query}" == page.link("Sunrise Childcare").replace("/staff/app", "%2Fstaff%2Fapp")


@pytest.mark.parametrize("query", ["../../etc", "a/b", "ñandú", "a b", "x" * 64, "//evil.example"])
async def test_what_cannot_be_a_short_name_is_only_looked_for(
    query: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-03: what no organization can be called by is asked for nowhere else."""
    neighbours.answers["FindOrganizations"] = FindOrganizationsResponse()
    await search(anybody, query)
    assert ["FindOrganizations"] == neighbours.rpcs


@pytest.mark.parametrize("email", ["ada@sunrise.example", "nobody@example.org"])
async def test_the_way_is_sent(email: str, anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U4, PO-03, ID-07: an address is answered with the same words, whoever it is."""
    page = await anybody.press(await anybody.get("/sign-in"), "Send the message", email=f" {email} ")

    assert email == neighbours.only("SendMyOrganizations").email
    assert (200, "Check your email") == (page.status, page.heading)
    assert f"If somebody signs in with {email}, a message with the links is on its way." in page.text
    assert "/sign-in" == page.link("Back to the search")


async def test_a_wrong_address_stays_in_its_field(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U4: what is no email address is said beside its field, and so is that there is none."""
    wrong = FieldViolation("email", "EMAIL_INVALID", "wrong")
    neighbours.answers["SendMyOrganizations"] = refusal("INVALID_REQUEST", wrong)
    page = await anybody.press(await anybody.get("/sign-in"), "Send the message", email="ada@")
    assert (400, "This is not an email address.") == (page.status, page.problem_of("email"))
    assert "ada@" == page.main.one("input", id="email")["value"]


async def test_too_many_asks_are_a_page(anybody: Browser, neighbours: Neighbours) -> None:
    """CASE-U4: an ask that is not even noted says that it can be tried again."""
    neighbours.answers["SendMyOrganizations"] = refusal("OVERLOADED")
    page = await anybody.post("/sign-in", {"email": "ada@sunrise.example"})
    assert (429, True) == (page.status, "Please try again in a few seconds." in page.text)


@pytest.mark.parametrize(
    "address", ["/sign-in", "/family/sign-in", "/o/sunrise/sign-in", "/family/forgot", "/o/sunrise/forgot", "/help"]
)
async def test_help_with_passwords_is_near(address: str, anybody: Browser) -> None:
    """CASE-U4, PO-03: where a password is asked for, help with it is one link away."""
    assert "/help/passwords" == (await anybody.get(address)).link("Help with passwords")


@pytest.mark.parametrize(
    ("language", "heading", "words"),
    [
        ("en", "Help with passwords", "Nobody will ever ask you for your password"),
        ("es", "Ayuda con las contraseñas", "Nadie le pedirá nunca su contraseña"),
    ],
)
async def test_the_page_helps_in_both_languages(
    language: str, heading: str, words: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """CASE-U4: the help is there in both languages, asks no service, and leads to what can be done."""
    anybody.cookies["language"] = language
    page = await anybody.get("/help/passwords")
    assert (language, heading, True) == (page.language, page.heading, words in page.text)
    assert {"/family/forgot", "/sign-in", "/family/sign-in"} <= {link["href"] for link in page.main.all("a")}
    assert [] == neighbours.rpcs


async def test_an_administrator_hands_the_links_on(signed_in: SignedIn) -> None:
    """CASE-U4: the settings have the whole addresses of the own sign-in and of the help, to copy."""
    page = await signed_in(Role.STAFF_ADMIN).get("/settings")
    assert [f"{ORIGIN}/o/sunrise/sign-in", f"{ORIGIN}/help/passwords"] == [
        page.main.one("input", id=name)["value"] for name in ("sign-in-address", "help-address")
    ]
