"""The page behind the link of an offer: who asks, what a login gives, and two answers."""

from __future__ import annotations

import pytest
from portico.casemanager.v1.login_offers_pb2 import AnswerLoginOfferRequest
from portico.identity.v1.resources_pb2 import Organization

from chassis.call import Role
from chassis.errors import Unavailable

from .case_managers import offer
from .neighbours import Neighbours, refusal
from .people import Browser, SignedIn
from .samples import TOKEN

OFFER = f"/offer/{TOKEN}"
BUTTONS = {
    "OPEN": ["Yes, please", "No, thank you"],
    "ACCEPTED": ["I do not want it after all"],
    "DECLINED": ["Yes, please"],
    "EXPIRED": [],
    "REPLACED": [],
    "ENABLED": [],
}
SAID = {
    "OPEN": ["Hello Ana, Sunrise Childcare asks", "Book specialists", "Sent to a•••@harbor.example.", "answer until"],
    "ACCEPTED": ["Sunrise Childcare will enable your login.", "a•••@harbor.example", "hello@sunrise.example"],
    "DECLINED": ["You said no", "You can still say yes."],
    "EXPIRED": ["It was good until", "Please ask Sunrise Childcare, (312) 555-0100.", "hello@sunrise.example"],
    "REPLACED": ["the link of the newest message", "Please ask Sunrise Childcare, (312) 555-0100."],
    "ENABLED": ["A message with a link went to a•••@harbor.example.", "Is your password set already? Then sign in."],
}


@pytest.mark.parametrize("state", SAID)
async def test_an_offer_says_where_it_stands(state: str, anybody: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-04: each state has its words, whom to ask, and the answers that are still taken; opening takes none."""
    neighbours.answers["CheckLoginOffer"] = offer(state)
    page = await anybody.get(OFFER)

    assert 200 == page.status
    assert [] == [words for words in SAID[state] if words not in page.text]
    assert BUTTONS[state] == page.buttons()
    assert {"CheckLoginOffer", "GetOrganization"} == {*neighbours.rpcs}
    assert TOKEN == neighbours.only("CheckLoginOffer").token
    if state == "ENABLED":
        assert "/o/sunrise/sign-in" == page.link("Sign in")


@pytest.mark.parametrize(
    ("state", "button", "answer"),
    [
        ("OPEN", "Yes, please", AnswerLoginOfferRequest.YES),
        ("OPEN", "No, thank you", AnswerLoginOfferRequest.NO),
        ("ACCEPTED", "I do not want it after all", AnswerLoginOfferRequest.NO),
        ("DECLINED", "Yes, please", AnswerLoginOfferRequest.YES),
    ],
)
async def test_a_button_answers(
    state: str,
    button: str,
    answer: AnswerLoginOfferRequest.Answer.ValueType,
    anybody: Browser,
    neighbours: Neighbours,
) -> None:
    """PO-06, CM-04: each button sends its answer by a form, and leads to the page that says where the offer stands."""
    neighbours.answers["CheckLoginOffer"] = offer(state)
    page = await anybody.press(await anybody.get(OFFER), button)

    request = neighbours.only("AnswerLoginOffer")
    assert (TOKEN, answer, OFFER) == (request.token, request.answer, page.goes_to)


@pytest.mark.parametrize("reason", ["OFFER_EXPIRED", "OFFER_REPLACED", "OFFER_ANSWERED"])
async def test_an_answer_that_comes_too_late_shows_what_is_so(
    reason: str, anybody: Browser, neighbours: Neighbours
) -> None:
    """PO-06, CM-04: an answer that is no longer taken leads to the page that says why."""
    neighbours.answers["AnswerLoginOffer"] = refusal(reason)

    assert OFFER == (await anybody.post(OFFER, {"do": "yes"})).goes_to


async def test_an_unknown_link_is_no_dead_end(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-06, CM-04: a link that nobody knows says so, also when somebody answers it; so does an answer that is none."""
    neighbours.answers["CheckLoginOffer"] = neighbours.answers["AnswerLoginOffer"] = refusal("OFFER_UNKNOWN")
    for page in (await anybody.get(OFFER), await anybody.post(OFFER, {"do": "no"})):
        assert (404, "We do not know this link") == (page.status, page.heading)
        assert "Please open it again from your message" in page.text
    assert 404 == (await anybody.post(OFFER, {"do": "perhaps"})).status


async def test_the_page_is_the_organizations(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-06, CASE-U6: who asks is at the top and in the footer, in its colour; without identity by its name alone."""
    page = await anybody.get(OFFER)
    assert "Sunrise Childcare" == page.main.one("p", class_="over").text
    assert "/brand/ffe100.css" in page.answer.text
    assert "tel:+13125550100" in page.answer.text

    neighbours.answers["GetOrganization"] = Unavailable()
    page = await anybody.get(OFFER)
    assert (200, ["Yes, please", "No, thank you"]) == (page.status, page.buttons())
    neighbours.answers["GetOrganization"] = Organization(name="<b>Odd</b>")
    assert "<b>Odd" not in (await anybody.get(OFFER)).answer.text


async def test_the_page_speaks_the_persons_language(anybody: Browser, neighbours: Neighbours) -> None:
    """PO-01, CM-04: a stranger reads the language of the profile, unless they chose another one on the page."""
    neighbours.answers["CheckLoginOffer"] = offer(language="es")
    assert ("es", "¿Quiere una cuenta?") == ((page := await anybody.get(OFFER)).language, page.heading)
    anybody.cookies["language"] = "en"
    assert "en" == (await anybody.get(OFFER)).language


async def test_the_page_is_anyones_and_leaves_no_trace(signed_in: SignedIn, neighbours: Neighbours) -> None:
    """PO-01, CM-04: who is signed in as somebody else answers all the same; the link goes to nobody else."""
    family = signed_in(Role.FAMILY)
    page = await family.get(OFFER)
    assert ("no-referrer", True) == (
        page.answer.headers["referrer-policy"],
        "no-store" in page.answer.headers["cache-control"],
    )
    family.seen_by = ""
    assert OFFER == (await family.press(page, "Yes, please")).goes_to
